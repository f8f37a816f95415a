// The same for a function that may send its answer piece by piece.
// config: {"streaming": true}
// expect: any
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(65536));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
