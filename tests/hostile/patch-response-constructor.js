// The global class of answers is its own.
// expect: any
// after: any
const attack = () => {
  const Before = Response;
  globalThis.Response = function (body, init) {
    return new Before("replaced", init);
  };
  globalThis.Headers = globalThis.Request = globalThis.ReadableStream = undefined;
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
