// Loops where a URL is made of an object.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new URL({
  [Symbol.toPrimitive]() {
    for (;;);
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
