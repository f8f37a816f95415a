// Expressions that are compiled to ever more code.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (let n = 0;; n++) {
    const pattern = new RegExp(`(?:a{1,${n % 50 + 1}}b|[c-z]{3}){${n % 100 + 1}}${n}`);
    pattern.test("a".repeat(30));
    all.push(pattern);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
