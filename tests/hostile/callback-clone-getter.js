// Loops while it is copied.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => structuredClone({
  get value() {
    for (;;);
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
