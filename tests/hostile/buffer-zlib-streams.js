// Streams of Node that unpack, never read.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
import zlib from "node:zlib";

const attack = async () => {
  const packed = zlib.gzipSync(Buffer.alloc(16 << 20));
  const all = [];
  for (;;) {
    const stream = zlib.createGunzip();
    stream.write(packed);
    all.push(stream);
    await new Promise((done) => setImmediate(done));
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
