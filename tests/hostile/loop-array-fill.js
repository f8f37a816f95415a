// Fills a hundred million elements in one call.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(String(new Array(1e8).fill({}).length));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
