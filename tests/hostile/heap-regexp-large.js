// One expression that is larger than any code could be.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(new RegExp("(?:" + "ab|".repeat(5e6) + "c){1000}").test("abc")));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
