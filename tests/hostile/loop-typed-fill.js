// Writes the same memory over and over in native code.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const bytes = new Uint8Array(16 << 20);
  for (let n = 0;; n++) bytes.fill(n);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
