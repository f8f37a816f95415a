// Everything that the runtime may want to change is frozen.
// expect: any
// after: 200 good or 500 local_executor_failed
const attack = () => {
  for (const object of [globalThis, Object.prototype, Array.prototype, Promise.prototype, Function.prototype, Response.prototype, Request.prototype, Headers.prototype, EventTarget.prototype, Event.prototype, Error, Error.prototype]) Object.freeze(object);
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
