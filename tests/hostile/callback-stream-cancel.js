// The body is cancelled because it is too large, and loops then.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(4 << 20));
  },
  cancel() {
    for (;;);
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
