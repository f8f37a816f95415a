// Everything that is not an answer, one after the other. Some of it is taken for JSON.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed or 200
const values = [undefined, null, 0, "text", true, Symbol("x"), 5n, {}, [], () => {}, new Headers(), Response, Response.prototype, new Proxy(new Response("x"), {}), Object.create(new Response("x"))];
let next = 0;
const attack = () => values[next++ % values.length];

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
