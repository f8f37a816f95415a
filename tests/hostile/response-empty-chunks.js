// Chunks without a byte, for ever.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(0));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
