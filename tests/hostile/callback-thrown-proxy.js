// Throws an object that loops whatever is asked of it.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const loop = () => {
  for (;;);
};
const attack = () => {
  throw new Proxy(new Error("x"), { get: loop, getPrototypeOf: loop, ownKeys: loop, has: loop });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
