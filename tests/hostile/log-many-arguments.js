// One call with a million arguments.
// expect: 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  console.log(...new Array(1e5).fill("x"));
  console.log("%s".repeat(1e5), ...new Array(1e5).fill("x"));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
