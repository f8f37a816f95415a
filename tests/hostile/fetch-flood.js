// Thousands of requests at the same time.
// expect: 200 refused or 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  const all = await Promise.allSettled(Array.from({ length: 5000 }, (_, n) => fetch(`http://127.0.0.${n % 250}:${n % 60000 + 1}/`)));
  return new Response(all.every((one) => one.status === "rejected") ? "refused" : "reached");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
