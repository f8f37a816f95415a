// Requests, each with a signal that follows the last one.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = (request) => {
  for (;;) request = new Request(request, { headers: { "x-name": "x".repeat(1000) } });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
