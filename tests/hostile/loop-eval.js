// Loops in a program that is made while it runs.
// config: {"allowEval": true}
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => (0, eval)("for (;;);");

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
