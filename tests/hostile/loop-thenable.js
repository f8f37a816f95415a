// Loops in a `then` that the promise machinery calls.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => ({
  then() {
    for (;;);
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
