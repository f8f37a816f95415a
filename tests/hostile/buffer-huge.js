// Four gigabytes at once.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(String(new Uint8Array(2 ** 32).fill(1).length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
