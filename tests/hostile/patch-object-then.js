// Every object is a promise, to whoever asks.
// expect: any
// after: any
const attack = () => {
  Object.prototype.then = function (resolve) {
    resolve(5);
  };
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
