// A table that grows, by its own code.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 4, 4, 1, 112, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 19, 1, 17, 0, 3, 64, 208, 112, 65, 160, 141, 6, 252, 15, 0, 26, 12, 0, 11, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
