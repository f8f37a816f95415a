// The classes of errors throw, and their stacks are made by a spy.
// expect: any
// after: any
const attack = () => {
  Error.prepareStackTrace = (error, frames) => {
    throw frames;
  };
  Error.captureStackTrace = () => { throw new Error("gotcha"); };
  Error.stackTraceLimit = "gotcha";
  for (const name of ["Error", "TypeError", "RangeError", "DOMException", "AggregateError"]) globalThis[name] = function () { throw 5; };
  Error.prototype.toString = () => { throw 6; };
  throw new globalThis.Error("x");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
