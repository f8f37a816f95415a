// Compressors, each with a window outside of the heap.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = async () => {
  const all = [];
  for (;;) {
    const stream = new CompressionStream("gzip");
    const writer = stream.writable.getWriter();
    writer.write(new Uint8Array(1000));
    all.push(stream, writer);
    await null;
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
