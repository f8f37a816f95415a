// The request's class answers with what it likes.
// expect: any
// after: any
const attack = (request) => {
  for (const Class of [Request, Response, Headers, URL, URLSearchParams, ReadableStream, AbortSignal, EventTarget, Event]) {
    for (const name of Reflect.ownKeys(Class.prototype)) {
      try {
        Object.defineProperty(Class.prototype, name, { get() { throw new Error("gotcha"); }, configurable: true });
      } catch {}
    }
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
