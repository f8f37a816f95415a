// Bodies of answers that nobody takes.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) all.push(new Response(new Uint8Array(1 << 20).fill(1)), new Request("https://site.test/", { method: "POST", body: "x".repeat(1 << 20) }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
