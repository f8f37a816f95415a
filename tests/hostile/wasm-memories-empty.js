// Many memories without a page, each of which reserves gigabytes of addresses.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  for (;;) all.push(new WebAssembly.Memory({ initial: 0, maximum: 65536 }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
