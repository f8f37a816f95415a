// The same by an object that loops whatever is asked of it.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const loop = () => {
  for (;;);
};
const attack = () => {
  console.log(new Proxy(class {}, { get: loop, ownKeys: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop, has: loop }));
  throw new Error("the console did not ask");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
