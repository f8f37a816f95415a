// Switching protocols, to none in particular.
// expect: 422 astro_ssr_unsupported_feature or 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = () => new Response(null, { status: 101, headers: { connection: "upgrade", upgrade: "websocket" } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
