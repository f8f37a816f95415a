// Compiles a new program in each round.
// config: {"allowEval": true}
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  for (let n = 0;; n++) new Function(`return [${"{ a: () => 1 },".repeat(1000)} ${n}]`);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
