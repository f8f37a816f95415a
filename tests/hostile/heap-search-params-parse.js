// A query of hundreds of megabytes.
// expect: 500 local_executor_failed
const attack = () => new Response(String(new URLSearchParams("a=b&".repeat(1e8)).size));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
