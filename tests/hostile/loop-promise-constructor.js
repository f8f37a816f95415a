// Loops where the runtime looks whether the promise is a plain one.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const promise = Promise.resolve(new Response("x"));
  Object.defineProperty(promise, "constructor", {
    get() {
      for (;;);
    },
  });
  return promise;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
