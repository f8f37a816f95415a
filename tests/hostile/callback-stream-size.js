// The queue asks for the size of a chunk, and that loops.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const size = () => {
  for (;;);
};
const attack = () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array(1));
  },
}, { size }));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
