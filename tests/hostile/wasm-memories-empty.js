// Many memories without a page, each of which reserves gigabytes of addresses.
// was-open: neighbours wait up to 0.3 s while the system reserves and returns the addresses, under one lock of the process
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) all.push(new WebAssembly.Memory({ initial: 0, maximum: 65536 }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
