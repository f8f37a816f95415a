import util, { callbackify, debuglog, deprecate, inherits, isDeepStrictEqual, parseArgs, promisify, stripVTControlCharacters, TextDecoder as TD, types } from "node:util";
import all from "node:util/types";

const values = { date: new Date(0), regexp: /x/, map: new Map(), set: new Set(), promise: Promise.resolve(), proxy: new Proxy({}, {}), error: new Error("x"), buffer: Buffer.alloc(1), memory: new ArrayBuffer(1), view: new DataView(new ArrayBuffer(1)), async: async () => {}, generator: function* () {}, iterator: new Map().entries(), args: (function () { return arguments; })(), number: new Number(1), string: new String(""), symbol: Object(Symbol()), bigint: Object(1n), boolean: new Boolean(true), weak: new WeakMap(), f32: new Float32Array(1), plain: {}, array: [], fn: () => {}, nothing: null };
export const cases = {
  "the exports": () => [util.types === all, types === all, util.promisify === promisify, TD === TextDecoder],
  "promisify": async () => [await promisify((a, cb) => cb(null, a + 1))(1), await thrown(() => promisify((cb) => cb(new RangeError("r")))(), true), await promisify(setTimeout)(1, "v"), await promisify(setImmediate)("w"), thrown(() => promisify(5), true)],
  "promisify keeps this and custom": async () => { const o = { x: 5, f(cb) { cb(null, this.x); } }; o.g = promisify(o.f); const c = () => {}; c[promisify.custom] = () => "custom"; return [await o.g(), promisify(c)(), promisify(promisify(c)) === promisify(c), promisify(o.f).name]; },
  "callbackify": () => new Promise((resolve) => callbackify(async (a) => a * 2)(4, (e, v) => callbackify(async () => { throw null; })((x) => resolve([e, v, x.code, x.reason])))),
  "inherits": () => { function A() {} A.prototype.x = 1; function B() {} inherits(B, A); return [new B().x, B.super_ === A, new B() instanceof A, thrown(() => inherits(5, A)).error]; },
  "deprecate": () => { const f = deprecate((a) => a + 1, "old"); return [f(1), f(2), f.name, deprecate(class X {}, "x").name]; },
  "debuglog": () => { const d = debuglog("nothing"); return [d("x"), d.enabled]; },
  "isDeepStrictEqual": () => [[1, 1], [1, "1"], [NaN, NaN], [0, -0], [{ a: 1 }, { a: 1 }], [{ a: 1, b: 2 }, { b: 2, a: 1 }], [[1], ["1"]], [new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])], [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]])], [new Date(1), new Date(1)], [/a/g, /a/i], [Buffer.from("a"), Buffer.from("a")], [new Uint8Array(1), Buffer.alloc(1)], [new Error("a"), new Error("b")], [{ a: undefined }, {}], [[, 1], [undefined, 1]], [Object.create(null), {}], [new Number(1), new Number(1)], [Symbol.iterator, Symbol.iterator], [() => {}, () => {}], [new Map([["a", [1]]]), new Map([["a", [1]]])], [{ [Symbol.for("s")]: 1 }, { [Symbol.for("s")]: 2 }]].map(([a, b]) => isDeepStrictEqual(a, b)),
  "cycles": () => { const a = {}; a.a = a; const b = {}; b.a = b; const c = { a: { a: {} } }; return [isDeepStrictEqual(a, b), isDeepStrictEqual(a, c)]; },
  "old checks": () => [util.isArray([]), util.isRegExp?.(/a/) ?? true, util.isDate?.(new Date()) ?? true],
  "parseArgs": () => { const { values: v, positionals } = parseArgs({ args: ["-f", "--bar", "b", "--no", "x", "-abc"], options: { foo: { type: "boolean", short: "f" }, bar: { type: "string" }, no: { type: "boolean" }, a: { type: "boolean", short: "a" }, b: { type: "boolean", short: "b" }, c: { type: "boolean", short: "c" } }, allowPositionals: true }); return [{ ...v }, positionals]; },
  "parseArgs of nonsense": () => [thrown(() => parseArgs({ args: ["--x"], options: {} })).code, thrown(() => parseArgs({ args: ["x"], options: {} })).code],
  "stripVTControlCharacters": () => stripVTControlCharacters("\u001b[31mred\u001b[39m"),
  "toUSVString": () => util.toUSVString("a\ud800b"),
  "getSystemErrorName": () => [util.getSystemErrorName(-2), util.getSystemErrorName(-111)],
  "TextEncoder": () => new util.TextEncoder().encode("é"),
};
for (const name of Object.keys(all).filter((n) => n !== "isEventTarget" && n !== "isFloat16Array").sort()) {
  cases[name] = () => Object.entries(values).filter(([, value]) => all[name](value)).map(([key]) => key);
}
