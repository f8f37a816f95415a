// A form that is written as a body.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => {
  const form = new FormData();
  const text = "\n".repeat(1e6);
  for (let n = 0; n < 1000; n++) form.append("name" + n, text);
  return new Response(form);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
