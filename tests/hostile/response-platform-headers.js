// Fields of the platform's own.
// expect: 200 body or 502 ROUTED_RESPONSE_INVALID
const attack = () => new Response("body", { headers: { "x-run402-request-id": "forged", "x-run402-user": "admin", server: "forged", date: "never", via: "x", "x-powered-by": "x" } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
