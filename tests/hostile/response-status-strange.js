// Numbers that are not a status.
// expect: 200 refused
const attack = () => {
  for (const status of [0, 1, 99, 100, 199, 600, 999, 1000, NaN, Infinity, "200\r\nx: y", null, {}, []]) {
    try {
      return new Response(null, { status }) && new Response(`accepted ${String(status)}`);
    } catch {}
  }
  return new Response("refused");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
