// A proxy whose prototype is itself.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const proxy = new Proxy({}, { getPrototypeOf: () => proxy, get: (target, name, self) => self[name + "x"] });
  return proxy;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
