// Asks for an element of something that says it has 2^53 of them.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 0)));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
