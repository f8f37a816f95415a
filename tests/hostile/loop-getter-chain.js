// A getter that asks itself under a new name.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory or 500 local_executor_failed
const attack = () => {
  const odd = new Proxy({}, { get: (target, name, self) => { for (;;) target[name + "x"] = name; } });
  return odd.start;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
