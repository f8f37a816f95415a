// The same with maps, sets and errors in each other.
// expect: 500 local_executor_failed or 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  let value = 0;
  for (let n = 0; n < 5e4; n++) value = new Map([[new Set([value]), new Error("x", { cause: value })]]);
  structuredClone(value);
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
