// Padded to the longest text there can be, and again.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (let n = 0;; n++) all.push("x".padStart(2 ** 29 - 24 - n, "yz").toUpperCase());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
