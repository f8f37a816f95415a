// Told of a rejection, makes another one.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    Promise.reject(new Error("again"));
  });
  Promise.reject(new Error("first"));
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
