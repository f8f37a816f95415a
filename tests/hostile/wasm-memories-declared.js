// Instances, each of which declares a memory of a hundred megabytes and writes to all of it as it starts.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 0, 192, 12, 8, 1, 0, 10, 16, 1, 14, 0, 65, 0, 65, 1, 65, 128, 128, 128, 50, 252, 11, 0, 11]);
const attack = () => {
  const module = new WebAssembly.Module(code);
  const all = [];
  for (;;) all.push(new WebAssembly.Instance(module));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
