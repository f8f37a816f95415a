// Memory that two threads share, and a way to wait on it: neither exists, by any way to get it.
// expect: 200 nothing
const attack = () => {
  const found = [];
  for (const name of ["SharedArrayBuffer", "Atomics", "Worker", "SharedWorker", "BroadcastChannel", "importScripts"]) {
    if (name in globalThis) found.push(name);
  }
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    found.push(Object.prototype.toString.call(buffer));
  } catch {}
  try {
    structuredClone(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
    found.push("a shared memory");
  } catch {}
  return new Response(found.join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
