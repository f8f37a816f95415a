// Calls the runtime with ever less stack left, so that each of its functions breaks off at each of its places.
// expect: 200 survived or 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const calls = [
  () => new Response("x", { headers: { a: "b" } }),
  () => new Request("https://site.test/", { method: "POST", body: "x" }),
  () => new URL("https://site.test/?a=b").searchParams.get("a"),
  () => new Headers({ a: "b" }).get("a"),
  () => fetch("http://127.0.0.1/").catch(() => {}),
  () => crypto.subtle.digest("SHA-256", new Uint8Array(1)).catch(() => {}),
  () => crypto.randomUUID(),
  () => structuredClone({ a: [1] }),
  () => new TextDecoder().decode(new TextEncoder().encode("x")),
  () => new ReadableStream({ start: (c) => c.enqueue(1) }).getReader().read(),
  () => console.debug("x"),
  () => setTimeout(() => {}, 1),
  () => queueMicrotask(() => {}),
  () => new Blob(["x"]),
  () => performance.now(),
  () => new AbortController().abort(),
  () => new MessageChannel().port1.postMessage(1),
  () => new CompressionStream("gzip"),
  () => atob(btoa("x")),
  () => Promise.reject(new Error("x")).catch(() => {}),
];
const attack = () => {
  for (const call of calls) {
    const down = () => {
      try {
        down();
      } finally {
        call();
      }
    };
    try {
      down();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
