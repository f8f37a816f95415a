// A few kilobytes that become gigabytes.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const pressed = async (stream) => new Uint8Array(await new Response(stream.pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
const attack = async () => {
  let sent = 0;
  const zeros = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1 << 20));
      if (++sent === 60) controller.close();
    },
  });
  const once = await pressed(zeros);
  const all = [];
  for (;;) all.push(await new Response(new Blob([once]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
