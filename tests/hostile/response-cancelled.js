// An answer whose body was cancelled.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed or 200
const attack = async () => {
  const answer = new Response("x");
  await answer.body.cancel();
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
