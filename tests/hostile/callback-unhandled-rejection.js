// Loops where it is told of a rejection that nobody handles.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  globalThis.addEventListener("unhandledrejection", () => {
    for (;;);
  });
  Promise.reject(new Error("x"));
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
