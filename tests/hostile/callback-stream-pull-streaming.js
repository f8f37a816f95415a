// The same for a function whose answer is sent piece by piece.
// config: {"streaming": true}
// expect: any
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(10));
    for (;;);
  },
}, { highWaterMark: 0 }));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
