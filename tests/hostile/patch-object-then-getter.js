// Every object is asked whether it is a promise, and says who it is.
// expect: any
// after: any
const seen = [];
const attack = () => {
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      seen.push(Object.keys(this).join());
      return undefined;
    },
  });
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
