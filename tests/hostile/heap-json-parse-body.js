// JSON in a body of its own making, read by the runtime.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = async () => {
  globalThis.kept = [];
  for (;;) kept.push(await new Response("[" + "[1],".repeat(1e6) + "1]").json());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
