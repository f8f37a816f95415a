// Half a billion wide characters as UTF-8.
// memory: 300
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(new TextEncoder().encode("\u1234".repeat(5e8)).length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
