// A console that does what it likes, and a scope that hears every error.
// expect: any
// after: 200 good or 500 local_executor_failed
const attack = () => {
  globalThis.console = new Proxy({}, { get() { throw new Error("gotcha"); } });
  globalThis.reportError = globalThis.dispatchEvent = globalThis.addEventListener = () => { throw new Error("gotcha"); };
  EventTarget.prototype.dispatchEvent = () => { throw new Error("gotcha"); };
  setTimeout(() => { throw new Error("x"); });
  Promise.reject(new Error("y"));
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
