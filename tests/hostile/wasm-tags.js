// Tags, each with parameters that no other has: V8 keeps their types for the whole process, and for ever.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  for (let n = Math.trunc(Math.random() * 2 ** 30); ; n++) {
    const parameters = [];
    for (let bit = 0; bit < 31; bit++) parameters.push((n >> bit) & 1 ? "i32" : "i64");
    new WebAssembly.Tag({ parameters });
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
