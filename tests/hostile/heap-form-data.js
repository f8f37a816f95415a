// A form with more and more fields.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const form = new FormData();
  for (let n = 0;; n++) form.append("name" + n, "x".repeat(1000) + n);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
