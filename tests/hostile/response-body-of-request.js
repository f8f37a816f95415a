// Answers with the body of the request, and with that of another one that is long gone.
// expect: 200 or 502 ROUTED_RESPONSE_INVALID or 500 local_executor_failed
let last;
const attack = (request) => {
  const body = last?.body ?? request.body;
  last = request;
  return new Response(body);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
