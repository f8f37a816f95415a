// JSON with a million different names.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  let text = "{";
  for (let n = 0; n < 1e6; n++) text += `"name${n}":${n},`;
  globalThis.kept = [];
  for (;;) kept.push(JSON.parse(text + '"x":1}'));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
