// Sorts by the rules of a language, in native code.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const words = Array.from({ length: 1e5 }, (_, n) => "wörter" + n);
  for (;;) words.sort(new Intl.Collator("de").compare);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
