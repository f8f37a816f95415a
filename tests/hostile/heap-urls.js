// URLs, and what they hold outside of the heap.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  for (let n = 0;; n++) all.push(new URL("https://site.test/" + "x".repeat(1000) + n + "?a=b"));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
