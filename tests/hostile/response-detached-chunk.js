// A chunk whose memory is taken away while it is under way, and one that shrinks.
// expect: 200 or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => {
  const bytes = new Uint8Array(1000);
  const buffer = new ArrayBuffer(1000, { maxByteLength: 100000 });
  const view = new Uint8Array(buffer);
  return new Response(new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.enqueue(view);
      bytes.buffer.transfer();
      buffer.resize(10);
      controller.close();
    },
  }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
