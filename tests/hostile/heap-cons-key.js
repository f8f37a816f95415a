// The longest text as the name of a property.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 1
const attack = () => {
  const object = { ["\u1234".repeat(2 ** 28)]: 1 };
  return new Response(String(Object.keys(object).length));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
