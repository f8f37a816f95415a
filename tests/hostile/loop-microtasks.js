// Awaits, but never lets go of the thread: microtasks run until there are none.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  for (;;) await null;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
