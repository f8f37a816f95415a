// Loops while the runtime makes JSON of the answer.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => Response.json({
  toJSON() {
    for (;;);
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
