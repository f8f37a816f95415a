// Bytes that become twice as much text.
// memory: 1000
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const bytes = new Uint8Array(16 << 20).fill(0xe9);
  const all = [];
  for (;;) all.push(new TextDecoder("utf-16le").decode(bytes), new TextDecoder("windows-1252").decode(bytes));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
