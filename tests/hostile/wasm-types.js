// Modules with hundreds of thousands of types, all of them different. V8 keeps types for the whole process and for ever, and two
// million are its end.
// expect: 500 local_executor_failed or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const COUNT = 2e5;
const TYPE_BYTES = 43;
const long = (n) => [(n & 127) | 128, ((n >> 7) & 127) | 128, ((n >> 14) & 127) | 128, (n >> 21) & 127];
const kind = (number, bit) => ((number >> bit) & 1 ? 0x7f : 0x7e);
// Each is a function of forty parameters: the bits of its own number, and of its module's.
const bytes = new Uint8Array(17 + COUNT * TYPE_BYTES);
bytes.set([0, 97, 115, 109, 1, 0, 0, 0, 1, ...long(4 + COUNT * TYPE_BYTES), ...long(COUNT)]);
for (let n = 0, at = 17; n < COUNT; n++, at += TYPE_BYTES) {
  bytes.set([0x60, 40], at);
  for (let bit = 0; bit < 20; bit++) bytes[at + 2 + bit] = kind(n, bit);
}
const attack = () => {
  for (let module = Math.trunc(Math.random() * 2 ** 20); ; module++) {
    const kinds = [];
    for (let bit = 0; bit < 20; bit++) kinds.push(kind(module, bit));
    for (let n = 0; n < COUNT; n++) bytes.set(kinds, 17 + n * TYPE_BYTES + 22);
    new WebAssembly.Module(bytes);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
