// A body whose memory was given away after the answer was made.
// expect: 200 or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  const bytes = new Uint8Array(1 << 20);
  const answer = new Response(bytes);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
