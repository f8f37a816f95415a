// A body over a buffer that is resized after the answer was made.
// expect: 200 or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  const buffer = new ArrayBuffer(1 << 20, { maxByteLength: 2 << 20 });
  const answer = new Response(new Uint8Array(buffer));
  buffer.resize(0);
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
