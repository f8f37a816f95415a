// A replacement that makes each character a thousand.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(String("x".repeat(1e8).replace(/x/g, "$&".repeat(1000)).length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
