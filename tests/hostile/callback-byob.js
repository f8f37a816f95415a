// A byte stream loops when it is given a buffer to fill.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      for (;;) controller.byobRequest?.view;
    },
  });
  await stream.getReader({ mode: "byob" }).read(new Uint8Array(10));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
