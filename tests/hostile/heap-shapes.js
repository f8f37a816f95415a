// Objects that all look different.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  for (let n = 0;; n++) all.push({ ["a" + n]: 1, ["b" + n]: 2, ["c" + n]: 3 });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
