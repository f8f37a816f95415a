// A hundred thousand rejections that nobody handles.
// expect: 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  for (let n = 0; n < 2e4; n++) Promise.reject(new Error("x".repeat(100) + n));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
