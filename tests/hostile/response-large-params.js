// A query that is seven megabytes when it is written out.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(new URLSearchParams({ a: "\0".repeat(3 << 20) }));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
