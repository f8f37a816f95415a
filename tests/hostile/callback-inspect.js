// Loops while the console makes a text of an object.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  console.log({
    [Symbol.for("Deno.customInspect")]() {
      for (;;);
    },
    [Symbol.for("nodejs.util.inspect.custom")]() {
      for (;;);
    },
    get [Symbol.toStringTag]() {
      for (;;);
    },
  });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
