// Answers, and loops in what it asked to be waited for.
// expect: 200 early or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = (request, context) => {
  context.waitUntil((async () => {
    await new Promise((done) => setTimeout(done, 5));
    for (;;);
  })());
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
