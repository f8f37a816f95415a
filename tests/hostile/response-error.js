// The answer that stands for a network error.
// expect: 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
const attack = () => Response.error();

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
