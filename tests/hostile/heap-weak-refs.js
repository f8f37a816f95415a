// Weak references and registries, which the collector has to look through.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  const registry = new FinalizationRegistry(() => {});
  for (let n = 0;; n++) {
    const target = { n };
    all.push(new WeakRef(target), target);
    registry.register(target, n, target);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
