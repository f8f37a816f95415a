// A URL of half a billion characters.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
// memory: 4500
const attack = () => new Response(new URL("https://site.test/" + "\u1234".repeat(5e8)).href);

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
