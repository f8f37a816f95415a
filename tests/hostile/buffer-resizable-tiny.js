// Many buffers of a byte that could grow by one: each is mapped on its own, and a process has a number of mappings.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) all.push(new ArrayBuffer(1, { maxByteLength: 2 }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
