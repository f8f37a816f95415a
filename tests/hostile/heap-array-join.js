// A join whose result is larger than all memory.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(new Array(2 ** 25).join("x".repeat(2 ** 20)).slice(0, 1));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
