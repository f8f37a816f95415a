// A chunk that loops when it is looked at.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Proxy(new Uint8Array(1), {
      get() {
        for (;;);
      },
      getPrototypeOf() {
        for (;;);
      },
    }));
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
