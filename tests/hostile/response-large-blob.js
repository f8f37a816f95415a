// Seven megabytes in a blob.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => new Response(new Blob([new Uint8Array(7 << 20)]));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
