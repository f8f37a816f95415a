// A URL that is its own body, of hundreds of megabytes.
// memory: 1300
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => fetch("data:text/plain," + "x".repeat(3e8));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
