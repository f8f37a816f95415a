// Answers, and loops in a timer that nobody waits for.
// expect: 200 early or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  setTimeout(() => {
    for (;;);
  }, 5);
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
