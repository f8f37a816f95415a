// Throws everything there is.
// expect: 500 local_executor_failed
const values = [undefined, null, 0, "text", Symbol("x"), 5n, {}, [], () => {}, new Response("x"), Object.create(null), new Proxy({}, {}), { get stack() { throw 1; } }, { toString: null }, new (class extends Error { get message() { throw this; } })()];
let next = 0;
const attack = () => {
  throw values[next++ % values.length];
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
