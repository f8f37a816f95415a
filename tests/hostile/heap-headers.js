// Header fields without an end.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const headers = new Headers();
  for (let n = 0;; n++) headers.append("x-name", "x".repeat(1000));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
