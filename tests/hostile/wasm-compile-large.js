// A function of ten million instructions, which takes the compiler a while, in the background and at once.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0];
const long = (n) => [n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21 & 127];
const attack = async () => {
  const n = 7_000_000;
  const code = new Uint8Array(head.length + n + 20);
  code.set([...head, 10, ...long(n + 7), 1, ...long(n + 2), 0]);
  const begin = head.length + 11;
  for (let at = begin; at < begin + n; at += 3) code.set([65, 1, 26], at);
  code.fill(1, begin + n - n % 3, begin + n);
  code[begin + n] = 11;
  const module = code.subarray(0, begin + n + 1);
  const all = [WebAssembly.compile(module), WebAssembly.compile(module)];
  for (;;) all.push(new WebAssembly.Module(module));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
