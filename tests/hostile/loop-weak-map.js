// Chains of weak keys, which take the collector the longest.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const map = new WeakMap();
  let key = {};
  globalThis.first = key;
  for (;;) {
    const next = {};
    map.set(key, next);
    key = next;
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
