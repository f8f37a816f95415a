// Deep programs of other kinds: arrays, functions, templates, classes, operators.
// config: {"allowEval": true}
// expect: 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const n = 1e5;
  const sources = [
    "[".repeat(n) + "]".repeat(n), "{".repeat(n) + "}".repeat(n), "()=>".repeat(n) + "1", "`${".repeat(n) + "1" + "}`".repeat(n),
    "1" + "+1".repeat(n), "a?".repeat(n) + "b" + ":c".repeat(n), "a" + "?.b".repeat(n), "if(a)".repeat(n) + ";", "class A extends ".repeat(n) + "B{}",
    "!".repeat(n) + "1", "a=".repeat(n) + "1", "async()=>await ".repeat(n) + "1", "a" + "[a".repeat(n) + "]".repeat(n),
  ];
  for (const source of sources) {
    try {
      new Function(source);
    } catch {}
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
