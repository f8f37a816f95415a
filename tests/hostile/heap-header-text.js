// A header of half a billion characters.
// expect: 502 ROUTED_RESPONSE_INVALID or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response("x", { headers: { "x-long": "x".repeat(5e8) } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
