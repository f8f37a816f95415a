// Backtracks within a look behind and with a back reference.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(/(?<=^(a|a?)+\1)c$/.test("a".repeat(50) + "c")));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
