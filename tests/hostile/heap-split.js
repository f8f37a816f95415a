// The same by splitting it.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(String("x".repeat(6e7).split("").length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
