// One chunk of twenty megabytes.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array(20 << 20));
    controller.close();
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
