// Arrays that never end when somebody walks through them.
// expect: any
// after: any
const attack = () => {
  Array.prototype[Symbol.iterator] = function* () {
    for (;;) yield ["x", "y"];
  };
  Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: false, value: "x" });
  return new Response("body", { headers: [["a", "b"]] });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
