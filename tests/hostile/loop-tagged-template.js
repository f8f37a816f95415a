// The tag loops.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const tag = () => {
  for (;;);
};
const attack = () => tag`never`;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
