// A stream of things that are not bytes.
// expect: 500 local_executor_failed
const attack = () => new Response(new ReadableStream({
  start(controller) {
    for (const chunk of ["text", 5, null, undefined, {}, [1], new ArrayBuffer(1), Symbol("x")]) controller.enqueue(chunk);
    controller.close();
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
