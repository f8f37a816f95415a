// An event whose listener throws it again.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived or 503 dynamic_runtime_unavailable
const attack = () => {
  const target = new EventTarget();
  target.addEventListener("x", () => target.dispatchEvent(new Event("x")));
  target.dispatchEvent(new Event("x"));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
