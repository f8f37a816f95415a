// One match that is half a billion characters long.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 500000000
const attack = () => new Response(String("x".repeat(5e8).match(/x+/)[0].length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
