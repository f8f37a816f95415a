// Half a billion wide characters, each of which becomes nine.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response(String(encodeURIComponent("\u1234".repeat(1e8)).length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
