// Millions of buffers of a few bytes.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) all.push(new Uint8Array(8), new ArrayBuffer(1), new DataView(new ArrayBuffer(3)));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
