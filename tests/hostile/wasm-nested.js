// A function of a hundred thousand blocks within each other.
// expect: 500 local_executor_failed or 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0];
const long = (n) => [n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21 & 127];
const attack = () => {
  const depth = 1e5;
  const blocks = [];
  for (let n = 0; n < depth; n++) blocks.push(3, 64);
  for (let n = 0; n < depth; n++) blocks.push(11);
  const code = new Uint8Array([...head, 10, ...long(blocks.length + 7), 1, ...long(blocks.length + 2), 0].concat(blocks, 11));
  new WebAssembly.Instance(new WebAssembly.Module(code));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
