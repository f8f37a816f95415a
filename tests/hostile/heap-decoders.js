// Decoders in the middle of a character: their state is outside of the heap.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  for (;;) {
    const decoder = new TextDecoder("gb18030");
    decoder.decode(new Uint8Array([0x81]), { stream: true });
    all.push(decoder);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
