// Loops where the runtime makes a number of the status.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response("x", {
  status: {
    valueOf() {
      for (;;);
    },
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
