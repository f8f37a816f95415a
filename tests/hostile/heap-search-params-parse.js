// A query of hundreds of megabytes.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
// memory: 4500
const attack = () => new Response(String(new URLSearchParams("a=b&".repeat(1e8)).size));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
