// A blob of two of the blob before it.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = async () => {
  let blob = new Blob([new Uint8Array(1 << 20).fill(1)]);
  for (let n = 0; n < 12; n++) blob = new Blob([blob, blob]);
  return new Response(String((await blob.arrayBuffer()).byteLength));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
