// A query with more and more parameters.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const url = new URL("https://site.test/");
  for (let n = 0;; n++) url.searchParams.append("name" + n, "x".repeat(10000));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
