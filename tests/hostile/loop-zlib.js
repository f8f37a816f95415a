// Compression of all the memory there is, at the highest level, for ever.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
import zlib from "node:zlib";

const attack = () => {
  const bytes = Buffer.alloc(8 << 20, "abcdefghijklmnopqrstuvwxyz0123456789");
  for (;;) zlib.brotliCompressSync(bytes);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
