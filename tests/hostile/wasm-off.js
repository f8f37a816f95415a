// Modules where the function may not have any, by each way to make one.
// config: {"allowWasm": false}
// expect: 200 refused
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]);
const attack = async () => {
  const made = [];
  for (const way of [() => new WebAssembly.Module(code), () => WebAssembly.compile(code), () => WebAssembly.instantiate(code), () => WebAssembly.compileStreaming?.(new Response(code)), () => import(["data:application/wasm", "base64,AGFzbQEAAAA="].join(";"))]) {
    try {
      if (await way()) made.push(String(way));
    } catch {}
  }
  return new Response(made.join() || "refused");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
