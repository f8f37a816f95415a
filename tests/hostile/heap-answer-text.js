// An answer of half a billion wide characters.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response("\u1234".repeat(5e8));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
