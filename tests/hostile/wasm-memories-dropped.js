// Memories that are made and dropped at once, for ever: making one is to wait for the one before to be collected.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  for (;;) new WebAssembly.Memory({ initial: 0, maximum: 65536 });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
