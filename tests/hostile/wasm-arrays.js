// Arrays of the collected kind, made and dropped.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory or 500 local_executor_failed
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 2, 96, 0, 0, 94, 126, 1, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 17, 1, 15, 0, 3, 64, 65, 192, 132, 61, 251, 7, 1, 26, 12, 0, 11, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
