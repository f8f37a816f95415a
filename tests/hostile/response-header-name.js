// One field whose name is a megabyte.
// expect: 502 ROUTED_RESPONSE_INVALID
const attack = () => new Response("x", { headers: { ["x".repeat(1 << 20)]: "x" } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
