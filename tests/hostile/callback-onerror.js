// Loops in the handler of errors that nobody caught.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  globalThis.onerror = () => {
    for (;;);
  };
  setTimeout(() => {
    throw new Error("x");
  });
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
