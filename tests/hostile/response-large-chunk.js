// One chunk of twenty megabytes, which is most of what the function may have.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE or 503 dynamic_runtime_memory
const attack = () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array(20 << 20));
    controller.close();
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
