// Errors with long stacks.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  Error.stackTraceLimit = 1e6;
  const all = [];
  const deep = (n) => n === 0 ? all.push(new Error("x".repeat(100))) : deep(n - 1);
  for (;;) deep(2000);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
