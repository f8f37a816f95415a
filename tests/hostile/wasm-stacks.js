// Calls that wait for a promise for ever, each with a stack of its own.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
// (func (import "a" "b")) (func (export "f") (call 0))
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 1, 10, 6, 1, 4, 0, 16, 0, 11]);
const attack = () => {
  const b = new WebAssembly.Suspending(() => new Promise(() => {}));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { a: { b } });
  const f = WebAssembly.promising(exports.f);
  const all = [];
  for (;;) all.push(f());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
