// The prototype of everything is a trap.
// expect: any
// after: any
const attack = () => {
  const trap = new Proxy({}, { get(target, name) { if (name === "then") return undefined; throw new Error("gotcha " + String(name)); }, has: () => true });
  for (const object of [globalThis, Array.prototype, Promise.prototype, Function.prototype, Response.prototype, Headers.prototype]) {
    try {
      Object.setPrototypeOf(object, trap);
    } catch {}
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
