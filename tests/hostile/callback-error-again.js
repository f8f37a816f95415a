// The handler of errors makes the next error.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_unavailable
const attack = () => {
  globalThis.addEventListener("error", () => reportError(new Error("again")));
  reportError(new Error("first"));
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
