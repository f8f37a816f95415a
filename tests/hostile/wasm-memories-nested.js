// Instances, each of which makes the next one while it starts, and each of which has a memory; and so on again when that fails.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0, 5, 3, 1, 0, 0, 8, 1, 0]);
const attack = () => {
  const module = new WebAssembly.Module(code);
  const again = () => {
    new WebAssembly.Instance(module, { a: { b: again } });
  };
  for (;;) {
    try {
      again();
    } catch {}
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
