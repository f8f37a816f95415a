// Walks over four billion holes.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const list = [];
  list[2 ** 32 - 2] = 1;
  let seen = 0;
  for (;;) list.map((x) => seen++);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
