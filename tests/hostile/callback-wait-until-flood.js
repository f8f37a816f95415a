// Asks to be waited for a million times, for ever.
// expect: any
const attack = (request, context) => {
  for (let n = 0; n < 1e6; n++) context.waitUntil(new Promise(() => {}));
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
