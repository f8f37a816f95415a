// The same when nobody waits any more.
// expect: 200 early or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  setTimeout(() => {
    for (;;) console.error("flood " + "x".repeat(1000));
  }, 5);
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
