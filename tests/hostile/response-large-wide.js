// Text that is small until it is UTF-8.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => new Response("\u1234".repeat(3 << 20));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
