// An object that is the same few things a billion times.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  let value = "x".repeat(100);
  for (let n = 0; n < 30; n++) value = [value, value];
  return Response.json(value);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
