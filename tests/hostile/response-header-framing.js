// Fields that say where an answer ends, or who keeps the connection.
// expect: 200 body or 502 ROUTED_RESPONSE_INVALID
const attack = () => new Response("body", {
  headers: { "transfer-encoding": "chunked, gzip", "content-length": "100", connection: "keep-alive, x-secret", "keep-alive": "timeout=1000000", upgrade: "h2c", trailer: "x", te: "trailers", "proxy-connection": "close", "proxy-authenticate": "x" },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
