// Joins of joins.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  let list = ["x".repeat(1000)];
  for (;;) list = [list, list, list].map((part) => part.join(",") + part.join(";"));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
