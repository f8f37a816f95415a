// Asks the console for objects of the runtime.
// expect: 200 survived
const attack = (request, context) => {
  console.dir(request, { showHidden: true, depth: Infinity });
  console.dir(context, { showHidden: true, depth: Infinity });
  console.dir(globalThis, { showHidden: true, depth: 3, showProxy: true });
  console.trace(new Error("x"));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
