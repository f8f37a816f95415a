// Reads JSON that is millions deep.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
const attack = () => {
  JSON.parse("[".repeat(3e6) + "]".repeat(3e6));
  JSON.parse("[".repeat(1e5) + "]".repeat(1e5), (key, value) => value);
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
