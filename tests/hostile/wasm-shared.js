// A shared memory by a module that exports one.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 7, 9, 2, 1, 102, 0, 0, 1, 109, 2, 0, 10, 4, 1, 2, 0, 11]);
const attack = () => {
  const { m } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
  return new Response(m.buffer instanceof ArrayBuffer ? "nothing" : Object.prototype.toString.call(m.buffer));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
