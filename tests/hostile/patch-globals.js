// There is nothing global left.
// expect: any
// after: any
const attack = () => {
  const { Response } = globalThis;
  for (const name of Reflect.ownKeys(globalThis)) {
    try {
      globalThis[name] = undefined;
      delete globalThis[name];
    } catch {}
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
