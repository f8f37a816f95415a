// Fills sixteen megabytes again and again in one instruction.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 0, 128, 2, 7, 5, 1, 1, 102, 0, 0, 10, 21, 1, 19, 0, 3, 64, 65, 0, 65, 1, 65, 128, 128, 128, 8, 252, 11, 0, 12, 0, 11, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
