// A bomb of a gigabyte, unpacked by Node's module, again and again.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
import zlib from "node:zlib";

const layer = (bytes) => zlib.gzipSync(bytes);
const attack = () => {
  const megabytes = layer(Buffer.alloc(16 << 20));
  const all = [];
  for (;;) all.push(zlib.gunzipSync(megabytes));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
