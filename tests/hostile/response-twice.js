// The same answer for each request.
// expect: 200 once or 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const answer = new Response("once");
const attack = () => answer;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
