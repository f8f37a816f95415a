// META: title=The list of the Minimum Common Web API
// Every interface and global of the WinterTC Minimum Common Web API (Ecma TC55): that it is there, its property, what it inherits
// and whether it can be constructed. What it does is checked in the other files, and by the suites of the Web Platform Tests.

// Interfaces: [name, parent, arguments that make one, or null where `new` is refused].
const bytes = new Uint8Array(8);
const INTERFACES = [
  ["AbortController", null, () => []],
  ["AbortSignal", "EventTarget", null],
  ["Blob", null, () => [["a"]]],
  ["ByteLengthQueuingStrategy", null, () => [{ highWaterMark: 1 }]],
  ["CompressionStream", null, () => ["gzip"]],
  ["CountQueuingStrategy", null, () => [{ highWaterMark: 1 }]],
  ["Crypto", null, null],
  ["CryptoKey", null, null],
  ["CustomEvent", "Event", () => ["a"]],
  ["DecompressionStream", null, () => ["gzip"]],
  ["DOMException", null, () => []],
  ["ErrorEvent", "Event", () => ["error"]],
  ["Event", null, () => ["a"]],
  ["EventTarget", null, () => []],
  ["File", "Blob", () => [["a"], "name"]],
  ["FormData", null, () => []],
  ["Headers", null, () => []],
  ["MessageChannel", null, () => []],
  ["MessageEvent", "Event", () => ["message"]],
  ["MessagePort", "EventTarget", null],
  ["Performance", "EventTarget", null],
  ["PromiseRejectionEvent", "Event", () => ["a", { promise: Promise.resolve() }]],
  ["ReadableByteStreamController", null, null],
  ["ReadableStream", null, () => []],
  ["ReadableStreamBYOBReader", null, () => [new ReadableStream({ type: "bytes" })]],
  ["ReadableStreamBYOBRequest", null, null],
  ["ReadableStreamDefaultController", null, null],
  ["ReadableStreamDefaultReader", null, () => [new ReadableStream()]],
  ["Request", null, () => ["https://example.com/"]],
  ["Response", null, () => []],
  ["SubtleCrypto", null, null],
  ["TextDecoder", null, () => []],
  ["TextDecoderStream", null, () => []],
  ["TextEncoder", null, () => []],
  ["TextEncoderStream", null, () => []],
  ["TransformStream", null, () => []],
  ["TransformStreamDefaultController", null, null],
  ["URL", null, () => ["https://example.com/"]],
  ["URLPattern", null, () => []],
  ["URLSearchParams", null, () => []],
  ["WritableStream", null, () => []],
  ["WritableStreamDefaultController", null, null],
  ["WritableStreamDefaultWriter", null, () => [new WritableStream()]],
];

function assert_interface_property(target, name) {
  const property = Object.getOwnPropertyDescriptor(target, name);
  assert_not_equals(property, undefined, "there is no such property");
  assert_equals(typeof property.value, "function", "it is a function");
  assert_true(property.writable, "writable");
  assert_true(property.configurable, "configurable");
  assert_false(property.enumerable, "enumerable");
}

for (const [name, parent, make] of INTERFACES) {
  test(() => {
    assert_interface_property(globalThis, name);
    const type = globalThis[name];
    assert_equals(type.name, name);
    const prototype = Object.getOwnPropertyDescriptor(type, "prototype");
    assert_false(prototype.writable, "its prototype is writable");
    assert_equals(type.prototype.constructor, type);
    if (name !== "DOMException") {
      const above = parent === null ? Function.prototype : globalThis[parent];
      assert_equals(Object.getPrototypeOf(type), above, "what the interface inherits");
    }
    const above = name === "DOMException" ? Error.prototype : parent === null ? Object.prototype : globalThis[parent].prototype;
    assert_equals(Object.getPrototypeOf(type.prototype), above, "what its instances inherit");
    assert_equals(type.prototype[Symbol.toStringTag], name);
    assert_throws_js(TypeError, () => type(), "without new");
    if (make === null) {
      assert_throws_js(TypeError, () => new type(), "it cannot be constructed");
    } else {
      const made = new type(...make());
      assert_true(made instanceof type);
      assert_equals(Object.prototype.toString.call(made), `[object ${name}]`);
      assert_true(new (class extends type {})(...make()) instanceof type, "it can be extended");
    }
  }, name);
}

// What WebAssembly offers; `null`: not a constructor.
const WASM = {
  Module: () => [new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
  Instance: () => [new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))],
  Memory: () => [{ initial: 1 }],
  Table: () => [{ initial: 1, element: "anyfunc" }],
  Global: () => [{ value: "i32" }],
  Tag: () => [{ parameters: [] }],
  Exception: () => [new WebAssembly.Tag({ parameters: [] }), []],
  CompileError: () => ["a"],
  LinkError: () => ["a"],
  RuntimeError: () => ["a"],
};

for (const [name, make] of Object.entries(WASM)) {
  test(() => {
    assert_interface_property(WebAssembly, name);
    const made = new WebAssembly[name](...make());
    assert_true(made instanceof WebAssembly[name]);
    if (name.endsWith("Error")) assert_true(made instanceof Error);
    else assert_equals(Object.prototype.toString.call(made), `[object WebAssembly.${name}]`);
  }, `WebAssembly.${name}`);
}

test(() => {
  assert_true(WebAssembly.JSTag instanceof WebAssembly.Tag);
}, "WebAssembly.JSTag");

test(() => {
  const property = Object.getOwnPropertyDescriptor(globalThis, "WebAssembly");
  assert_true(property.writable && property.configurable && !property.enumerable);
  assert_equals(Object.prototype.toString.call(WebAssembly), "[object WebAssembly]");
}, "WebAssembly");

// Operations of the global scope: [name, number of arguments].
const OPERATIONS = {
  atob: 1,
  btoa: 1,
  clearInterval: 0,
  clearTimeout: 0,
  fetch: 1,
  queueMicrotask: 1,
  reportError: 1,
  setInterval: 1,
  setTimeout: 1,
  structuredClone: 1,
};

for (const [name, length] of Object.entries(OPERATIONS)) {
  test(() => {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_equals(typeof property.value, "function");
    assert_equals(globalThis[name].name, name);
    assert_equals(globalThis[name].length, length, "length");
    assert_true(property.writable && property.configurable && property.enumerable);
  }, name);

  test(() => {
    assert_throws_js(TypeError, () => new globalThis[name](() => {}));
  }, `${name} is not a constructor`);
}

test(() => {
  assert_equals(self, globalThis);
  assert_equals(globalThis.globalThis, globalThis);
  assert_true(globalThis instanceof EventTarget);
}, "self and globalThis");

test(() => {
  assert_true(crypto instanceof Crypto);
  assert_true(crypto.subtle instanceof SubtleCrypto);
  assert_equals(crypto.subtle, crypto.subtle);
  assert_true(performance instanceof Performance);
  for (const name of ["crypto", "performance", "self"]) {
    assert_true(Object.getOwnPropertyDescriptor(globalThis, name).enumerable, `${name} is enumerable`);
  }
}, "crypto and performance");

for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) {
  test(() => {
    assert_true(name in globalThis);
    assert_equals(globalThis[name], null);
    const handler = () => {};
    globalThis[name] = handler;
    assert_equals(globalThis[name], handler);
    globalThis[name] = "not a function";
    assert_equals(globalThis[name], null);
  }, name);
}
