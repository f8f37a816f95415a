// A console line of half a billion wide characters.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived or 500 local_executor_failed
const attack = () => {
  console.log("\u1234".repeat(5e8));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
