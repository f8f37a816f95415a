// Formatters of numbers and dates, whose data is outside of the heap.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const all = [];
  for (;;) all.push(new Intl.DateTimeFormat("de", { dateStyle: "full" }), new Intl.NumberFormat("ar"), new Intl.Collator("zh"));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
