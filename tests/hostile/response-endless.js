// A body without an end.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(65536));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
