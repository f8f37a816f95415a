// A stream that is split, and of which only one half is read.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 504 dynamic_runtime_timeout
const attack = async () => {
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1 << 20).fill(1));
    },
  });
  const [left, right] = endless.tee();
  globalThis.kept = right;
  for await (const _ of left);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
