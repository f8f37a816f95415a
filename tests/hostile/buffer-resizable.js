// A buffer that is small, and may be huge, and then is.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const buffer = new ArrayBuffer(1, { maxByteLength: 2 ** 31 });
  buffer.resize(2 ** 31);
  new Uint8Array(buffer).fill(1);
  return new Response(String(buffer.byteLength));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
