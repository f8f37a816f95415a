// An error whose message is the longest text there can be.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  throw new Error("x".repeat(2 ** 29 - 24));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
