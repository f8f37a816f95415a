// Listeners on the request, the scope and everything else.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = (request) => {
  for (;;) {
    request.signal.addEventListener("abort", () => {});
    globalThis.addEventListener("error", () => {});
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
