// Programs that are made while it runs.
// config: {"allowEval": true}
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (let n = 0;; n++) all.push(new Function("return " + "[1,".repeat(500) + n + "]".repeat(500)));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
