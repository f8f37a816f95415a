// Numbers that name things of the host: ports, timers, streams and requests of others.
// expect: 200 nothing
const attack = async (request) => {
  const found = [];
  for (let id = 0; id < 2000; id++) {
    clearTimeout(id);
    clearInterval(id);
  }
  for (const value of [0, 1, 2, -1, 2 ** 31]) {
    try {
      found.push(await new Response(value).body.getReader({ mode: "byob" }).read(new Uint8Array(1)) && "");
    } catch {}
    for (const name of Object.getOwnPropertySymbols(request)) {
      if (typeof request[name] === "number") found.push(String(name));
    }
  }
  return new Response(found.filter(Boolean).join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
