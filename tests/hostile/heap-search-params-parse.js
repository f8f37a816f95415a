// A query of hundreds of megabytes.
// memory: 300
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(new URLSearchParams("a=b&".repeat(1e8)).size));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
