// META: title=WebAssembly

const section = (id, ...content) => [id, content.length, ...content];
const text = (word) => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];
const module = (...sections) => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);

// (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
const ADD = module(
  section(1, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f),
  section(3, 1, 0),
  section(7, 1, ...text("add"), 0, 0),
  section(10, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b),
);

// (import "m" "call" (func)) (func (export "run") call 0)
const CALL = module(
  section(1, 1, 0x60, 0, 0),
  section(2, 1, ...text("m"), ...text("call"), 0, 0),
  section(3, 1, 0),
  section(7, 1, ...text("run"), 0, 1),
  section(10, 1, 4, 0, 0x10, 0, 0x0b),
);

// (func (export "trap") unreachable)
const TRAP = module(section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(7, 1, ...text("trap"), 0, 0), section(10, 1, 3, 0, 0, 0x0b));

test(() => {
  assert_true(WebAssembly.validate(ADD));
  assert_false(WebAssembly.validate(new Uint8Array(8)));
  const compiled = new WebAssembly.Module(ADD);
  assert_object_equals(WebAssembly.Module.exports(compiled), [{ name: "add", kind: "function" }]);
  assert_object_equals(WebAssembly.Module.imports(new WebAssembly.Module(CALL)), [{ module: "m", name: "call", kind: "function" }]);
  assert_array_equals(WebAssembly.Module.customSections(compiled, "name"), []);
  assert_equals(new WebAssembly.Instance(compiled).exports.add(2, 3), 5);
}, "Module and Instance");

promise_test(async () => {
  const { module: compiled, instance } = await WebAssembly.instantiate(ADD);
  assert_true(compiled instanceof WebAssembly.Module);
  assert_equals(instance.exports.add(1, 1), 2);
  const again = await WebAssembly.instantiate(await WebAssembly.compile(ADD));
  assert_true(again instanceof WebAssembly.Instance);
}, "compile and instantiate");

promise_test(async (t) => {
  await promise_rejects_js(t, WebAssembly.CompileError, WebAssembly.compile(new Uint8Array(8)));
  await promise_rejects_js(t, WebAssembly.LinkError, WebAssembly.instantiate(CALL, { m: { call: 1 } }));
  await promise_rejects_js(t, TypeError, WebAssembly.instantiate(CALL));
  assert_throws_js(WebAssembly.CompileError, () => new WebAssembly.Module(new Uint8Array(8)));
  assert_throws_js(WebAssembly.RuntimeError, () => new WebAssembly.Instance(new WebAssembly.Module(TRAP)).exports.trap());
}, "CompileError, LinkError, RuntimeError");

test(() => {
  let called = 0;
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(CALL), { m: { call: () => called++ } }).exports;
  run();
  assert_equals(called, 1);
  const error = new Error("through");
  const throwing = new WebAssembly.Instance(new WebAssembly.Module(CALL), { m: { call: () => { throw error; } } });
  assert_throws_exactly(error, () => throwing.exports.run());
}, "imports, and errors through them");

test(() => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const { buffer } = memory;
  assert_equals(buffer.byteLength, 65_536);
  assert_equals(memory.grow(1), 1);
  assert_equals(buffer.byteLength, 0, "the old buffer is detached");
  assert_equals(memory.buffer.byteLength, 131_072);
  assert_throws_js(RangeError, () => memory.grow(1));
  assert_throws_js(TypeError, () => new WebAssembly.Memory());
}, "Memory");

test(() => {
  const table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  assert_equals(table.get(0), null);
  const { add } = new WebAssembly.Instance(new WebAssembly.Module(ADD)).exports;
  table.set(0, add);
  assert_equals(table.get(0)(4, 5), 9);
  assert_equals(table.grow(2), 1);
  assert_equals(table.length, 3);
  assert_throws_js(RangeError, () => table.get(3));
}, "Table");

test(() => {
  const global = new WebAssembly.Global({ value: "i64", mutable: true }, 5n);
  global.value = 6n;
  assert_equals(global.value, 6n);
  assert_equals(global.valueOf(), 6n);
  const fixed = new WebAssembly.Global({ value: "i32" }, 7);
  assert_throws_js(TypeError, () => (fixed.value = 8));
}, "Global");

test(() => {
  const tag = new WebAssembly.Tag({ parameters: ["i32", "f64"] });
  const exception = new WebAssembly.Exception(tag, [1, 2.5]);
  assert_true(exception.is(tag));
  assert_false(exception.is(new WebAssembly.Tag({ parameters: [] })));
  assert_equals(exception.getArg(tag, 0), 1);
  assert_equals(exception.getArg(tag, 1), 2.5);
  assert_throws_js(TypeError, () => exception.getArg(new WebAssembly.Tag({ parameters: ["i32"] }), 0));
  assert_throws_js(TypeError, () => new WebAssembly.Exception(WebAssembly.JSTag, [{}]));
}, "Tag, Exception, JSTag");
