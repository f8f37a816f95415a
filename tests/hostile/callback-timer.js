// Loops in a timer.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Promise(() => {
  setTimeout(() => {
    for (;;);
  }, 1);
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
