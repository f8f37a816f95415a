// Seven megabytes of JSON.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => Response.json("x".repeat(7 << 20));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
