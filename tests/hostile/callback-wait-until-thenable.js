// Asks to be waited for something that loops when it is waited for.
// expect: any
const attack = (request, context) => {
  context.waitUntil({
    get then() {
      for (;;);
    },
  });
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
