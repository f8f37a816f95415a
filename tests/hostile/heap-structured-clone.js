// Copies of copies.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  let value = { text: "x".repeat(1000) };
  for (;;) value = structuredClone({ a: value, b: structuredClone(value) });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
