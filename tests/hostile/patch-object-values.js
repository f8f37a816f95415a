// Every object has what the runtime looks for: in the options it takes, and in its own objects.
// expect: any
// after: any
const attack = () => {
  const gotcha = { get: () => "gotcha", set() {}, configurable: true };
  for (const name of ["status", "statusText", "headers", "body", "method", "url", "get", "set", "value", "done", "signal", "length", "size", "type", "name", "id", "stream", "source", "consumed", "cause", "stack", "fatal", "highWaterMark"]) {
    Object.defineProperty(Object.prototype, name, gotcha);
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
