// The longest text there can be, written out.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 536870888
const attack = () => {
  let text = "x".repeat(2 ** 28);
  text += text.slice(0, 2 ** 28 - 24);
  text.charCodeAt(5);
  return new Response(String(text.length));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
