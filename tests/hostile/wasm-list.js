// A linked list of collected objects, without an end.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 9, 2, 96, 0, 0, 95, 1, 99, 1, 1, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 19, 1, 17, 1, 1, 99, 1, 3, 64, 32, 0, 251, 0, 1, 33, 0, 12, 0, 11, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
