// An expression that needs a deep stack while it matches.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
const attack = () => {
  /^(?:(a)|(b)|(c))*$/.test("abc".repeat(2e7));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
