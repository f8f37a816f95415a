// Instances that declare an empty memory, make it grow to a hundred megabytes as they start, and write to all of it.
// expect: 503 dynamic_runtime_memory or 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 0, 8, 1, 0, 10, 23, 1, 21, 0, 65, 128, 16, 64, 0, 26, 65, 0, 65, 1, 65, 128, 128, 128, 192, 0, 252, 11, 0, 11]);
const attack = () => {
  const module = new WebAssembly.Module(code);
  const all = [];
  for (;;) all.push(new WebAssembly.Instance(module));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
