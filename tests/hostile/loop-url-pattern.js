// A pattern for URLs that backtracks.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const pattern = new URLPattern({ pathname: "/((?:a+)+)b" });
  return new Response(String(pattern.test({ pathname: "/" + "a".repeat(60) + "c" })));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
