// Every global is a getter that throws.
// expect: any
// after: any
const attack = () => {
  const { Response, Reflect, Object } = globalThis;
  for (const name of Reflect.ownKeys(globalThis)) {
    try {
      Object.defineProperty(globalThis, name, { get() { throw new Error("gotcha"); } });
    } catch {}
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
