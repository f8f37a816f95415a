// Groups of the console that are never closed: each indents the lines.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
const attack = () => {
  for (let n = 0; n < 1e6; n++) console.group();
  console.log("x\n".repeat(1000));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
