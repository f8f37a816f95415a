// Normalises a text that takes the most work for each character.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const text = "\u1e9b\u0323".repeat(1e6);
  for (;;) text.normalize("NFKD");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
