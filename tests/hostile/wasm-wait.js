// Waits for ever on a shared memory: a thread that sleeps cannot be told to stop.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 7, 9, 2, 1, 102, 0, 0, 1, 109, 2, 0, 10, 15, 1, 13, 0, 65, 0, 65, 0, 66, 127, 254, 1, 2, 0, 26, 11]);
const attack = () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
