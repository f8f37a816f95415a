// Clocks and timers are its own.
// expect: any
// after: 200 good or 500 local_executor_failed
const attack = () => {
  Date.now = performance.now = () => NaN;
  globalThis.setTimeout = globalThis.setInterval = globalThis.queueMicrotask = () => { throw new Error("gotcha"); };
  return new Response(new Blob(["body"]).stream());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
