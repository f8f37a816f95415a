// An answer whose body was read.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = async () => {
  const answer = new Response("x");
  await answer.text();
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
