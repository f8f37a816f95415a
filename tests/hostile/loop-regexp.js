// Backtracks for longer than the sun will shine.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(/^(a+)+$/.test("a".repeat(60) + "b")));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
