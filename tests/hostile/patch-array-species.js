// Copies of arrays are something else.
// expect: any
// after: any
const attack = () => {
  Object.defineProperty(Array, Symbol.species, { get: () => class extends Array { constructor() { super(); for (;;); } } });
  return new Response(String([1].map((x) => x)));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
