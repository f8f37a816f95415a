// Many expressions, each slow, so that no single one is running for long.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  for (;;) /(x+x+)+y/.test("x".repeat(20));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
