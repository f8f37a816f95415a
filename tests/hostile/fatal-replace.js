// Replacements that are more than one list can hold.
// memory: 2700
// expect: 503 dynamic_runtime_memory or 503 dynamic_runtime_unavailable or 504 dynamic_runtime_timeout
const attack = () => new Response(String(RegExp.prototype[Symbol.replace].call(/x/g, "x".repeat(2 ** 29 - 24), () => "y").length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
