// Answers with the request, which is an object like any other.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed or 200 {}
const attack = (request) => request;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
