// A byte now and then, for ever.
// expect: 504 dynamic_runtime_timeout
const attack = () => new Response(new ReadableStream({
  async pull(controller) {
    await new Promise((done) => setTimeout(done, 10));
    controller.enqueue(new Uint8Array(1));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
