// One field of a megabyte.
// expect: 502 ROUTED_RESPONSE_INVALID
const attack = () => new Response("x", { headers: { x: "x".repeat(1 << 20) } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
