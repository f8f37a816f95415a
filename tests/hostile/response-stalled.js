// Begins an answer and never goes on.
// expect: 504 dynamic_runtime_timeout
const attack = () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array(10));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
