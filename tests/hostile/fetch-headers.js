// Fields that would change whom a request is for or where it ends.
// expect: 200 refused
const attack = async () => {
  const reached = [];
  for (const headers of [{ host: "127.0.0.1" }, { "transfer-encoding": "chunked" }, { "content-length": "5" }, { connection: "upgrade", upgrade: "x" }, { "x\r\ny": "z" }, { x: "a\r\nb: c" }, { x: "a\0b" }]) {
    try {
      reached.push((await fetch("http://127.0.0.1:8080/", { headers })).status);
    } catch {}
  }
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
