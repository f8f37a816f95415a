// Copies of buffers, by each way to copy one.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const bytes = new Uint8Array(4 << 20);
  const all = [];
  for (;;) all.push(bytes.slice(), bytes.buffer.slice(), structuredClone(bytes), new Uint8Array(bytes), bytes.buffer.slice().transfer(5 << 20));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
