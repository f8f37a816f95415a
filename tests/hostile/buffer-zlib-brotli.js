// The same with brotli, whose bombs are smaller.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
import zlib from "node:zlib";

const attack = () => {
  const packed = zlib.brotliCompressSync(Buffer.alloc(8 << 20));
  const all = [];
  for (;;) all.push(zlib.brotliDecompressSync(packed));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
