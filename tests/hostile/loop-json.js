// Makes and reads JSON, without a pause.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const value = Array.from({ length: 1e4 }, (_, n) => ({ n, text: "x".repeat(20) }));
  for (;;) JSON.parse(JSON.stringify(value));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
