// The stack of an error whose message is the longest text there can be.
// expect: 200 or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(String(new Error("x".repeat(2 ** 29 - 24)).stack.length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
