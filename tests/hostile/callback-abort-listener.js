// Waits until its time is over, and loops when it is told so.
// expect: 504 dynamic_runtime_timeout
const attack = (request) => {
  request.signal.addEventListener("abort", () => {
    for (;;);
  });
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
