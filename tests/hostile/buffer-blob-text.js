// Blobs of text, which are copied outside of the heap.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) all.push(new Blob(["x".repeat(4 << 20)]), new File(["x".repeat(1 << 20)], "x"));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
