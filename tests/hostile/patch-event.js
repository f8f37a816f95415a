// Events that cannot be prevented, and classes of events that throw.
// expect: any
// after: 200 good or 500 local_executor_failed
const attack = () => {
  Event.prototype.preventDefault = () => { throw new Error("gotcha"); };
  Object.defineProperty(Event.prototype, "defaultPrevented", { get() { throw new Error("gotcha"); } });
  globalThis.ErrorEvent = globalThis.PromiseRejectionEvent = globalThis.Event = undefined;
  setTimeout(() => { throw new Error("x"); });
  Promise.reject(new Error("y"));
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
