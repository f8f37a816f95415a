// Redirects to itself, and to what is no URL.
// expect: 302 or 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = (request) => new Response(null, { status: 302, headers: { location: request.url } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
