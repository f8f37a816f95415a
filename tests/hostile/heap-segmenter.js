// Texts cut into words, each of which keeps a copy.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  const words = new Intl.Segmenter("de", { granularity: "word" });
  for (;;) all.push(words.segment("word ".repeat(1e5)));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
