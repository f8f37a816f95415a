// A replaced `exec` that always finds something.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const pattern = /x/g;
  pattern.exec = () => ["x"];
  return new Response(String("x".match(pattern).length));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
