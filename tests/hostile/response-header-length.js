// A length that is wrong in every way there is.
// expect: 200 body or 502 ROUTED_RESPONSE_INVALID
let next = 0;
const attack = () => new Response("body", { headers: { "content-length": ["0", "3", "5", "-1", "4, 4", "4,5", "+4", "0x4", "1e1", "99999999999999999999"][next++ % 10] } });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
