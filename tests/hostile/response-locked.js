// An answer whose body somebody else is reading.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = () => {
  const answer = new Response(new Blob(["x"]).stream());
  globalThis.reader = answer.body.getReader();
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
