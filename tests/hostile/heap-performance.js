// Marks on the time line, which is kept for ever.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  for (let n = 0;; n++) {
    performance.mark("m" + n, { detail: "x".repeat(1000) });
    performance.measure("x" + n, "m" + n);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
