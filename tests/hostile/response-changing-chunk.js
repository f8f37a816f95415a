// A chunk that changes its mind about how long it is: its length is a getter of its own.
// expect: 200 or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => new Response(new ReadableStream({
  start(controller) {
    const bytes = new Uint8Array(10);
    for (const [name, value] of [["byteLength", 1e9], ["length", 1e9], ["byteOffset", -1], ["buffer", null]]) Object.defineProperty(bytes, name, { value });
    controller.enqueue(bytes);
    controller.close();
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
