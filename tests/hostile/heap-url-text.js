// A URL of half a billion characters.
// memory: 300
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(new URL("https://site.test/" + "\u1234".repeat(5e8)).href);

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
