// Every function says that everything is an instance of it, or throws.
// expect: any
// after: any
const attack = () => {
  for (const Class of [Response, Request, Headers, ReadableStream, Error, Uint8Array, Promise, URL, Blob, FormData, URLSearchParams]) {
    Object.defineProperty(Class, Symbol.hasInstance, { value: () => { throw new Error("gotcha"); } });
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
