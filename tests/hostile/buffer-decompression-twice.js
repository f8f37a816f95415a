// A bomb within a bomb, sent as the answer.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const pressed = async (body) => new Uint8Array(await new Response(new Response(body).body.pipeThrough(new CompressionStream("deflate"))).arrayBuffer());
const attack = async () => {
  let bytes = new Uint8Array(8 << 20);
  const once = await pressed(bytes);
  const many = new Blob(new Array(500).fill(once));
  const twice = await pressed(many);
  return new Response(new Blob([twice]).stream().pipeThrough(new DecompressionStream("deflate")).pipeThrough(new DecompressionStream("deflate")));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
