// An object of a million properties, and a table of it.
// memory: 300
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
const attack = () => {
  const rows = Array.from({ length: 3e4 }, (_, n) => ({ ["name" + n % 100]: "x".repeat(100) }));
  console.table(rows);
  console.log(rows, { rows });
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
