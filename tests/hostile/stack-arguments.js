// A call with millions of arguments.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory
const attack = () => new Response(String(Math.max(...new Array(1e7).fill(1))));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
