// One array of 134 million numbers.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 null
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 2, 96, 0, 0, 94, 126, 1, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 13, 1, 11, 0, 65, 255, 255, 255, 7, 251, 7, 1, 26, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
