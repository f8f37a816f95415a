// Ten thousand fields.
// expect: 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  const headers = new Headers();
  for (let n = 0; n < 1e4; n++) headers.append("x-" + n, "x");
  return new Response("x", { headers });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
