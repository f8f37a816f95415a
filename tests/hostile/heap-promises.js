// Promises that nobody settles.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  const all = [];
  for (;;) all.push(new Promise(() => {}).then(() => {}));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
