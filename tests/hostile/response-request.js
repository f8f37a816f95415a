// Answers with the request.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = (request) => request;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
