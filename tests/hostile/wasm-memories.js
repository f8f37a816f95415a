// Many memories, each of sixteen megabytes, all of them written to. V8 maps them itself; they are counted when they have grown.
// was-open: neighbours wait up to 0.3 s while the system reserves and returns the addresses, under one lock of the process
// memory: 1300
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) {
    const memory = new WebAssembly.Memory({ initial: 256 });
    new Uint8Array(memory.buffer).fill(1);
    all.push(memory);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
