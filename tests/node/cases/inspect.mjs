import { format, formatWithOptions, inspect } from "node:util";

class A { constructor() { this.x = 1; } get y() { return 2; } static z = 3; }
class B extends A {}
const cycle = { a: 1 };
cycle.self = cycle;
const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, i]));
const values = [1, -0, 1n, "a'b", 'say "hi"', "it's \"both\"", "new\nline", Symbol("s"), null, undefined, true, [], [1, 2, 3], [1, , 3], {}, { a: 1, "b-c": 2, [Symbol("k")]: 3 }, () => {}, function named() {}, class {}, A, B, new A(), new B(), new Map([["a", { b: 1 }]]), new Set([1, "x"]), new Date(0), /re/g, new Uint8Array(3), Buffer.from("abc"), Object.create(null), [undefined, null], [[[[1]]]], { a: { b: { c: { d: 1 } } } }, cycle, new Number(3), new String("str"), Array.from({ length: 120 }, (_, i) => i), "x".repeat(100), many, { f() {}, g: async () => {}, *h() {} }, [1.5, "two", { three: 3 }], new WeakMap(), { get a() { return 1; }, set a(v) {}, get b() { return 2; }, set c(v) {} }, Object.assign(() => {}, { p: 1 }), [["a", 1], ["b", 2]], { long: "y".repeat(70), other: "z".repeat(40) }, new (class Foo { [Symbol.toStringTag] = "Tag"; })(), { [inspect.custom]: () => "custom!" }, { [inspect.custom](depth, options) { return `d${depth} ${typeof options.stylize}`; } }, [new A(), [new B()]], new Array(5), Object.freeze([1]), { "": 1 }, { a: [{ b: { c: {} } }] }, new Map([[{ k: 1 }, new Set([[1]])]])];

export const cases = {};
values.forEach((value, i) => cases[`value ${i}`] = () => inspect(value));
Object.assign(cases, {
  "options": () => [inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 }), inspect({ a: { b: { c: { d: 1 } } } }, { depth: null }), inspect([1, 2, 3], { maxArrayLength: 1 }), inspect("x".repeat(50), { maxStringLength: 5 }), inspect({ b: 1, a: 2 }, { sorted: true }), inspect({ a: 1, b: "x" }, { colors: true }), inspect({ a: 1, b: [1, 2] }, { compact: false }), inspect({ a: 1 }, { breakLength: 3 }), inspect(new A(), { showHidden: true }), inspect({ get a() { return 1; } }, { getters: true }), inspect(1234567.891, { numericSeparator: true })],
  "old arguments": () => inspect({ a: { b: { c: 1 } } }, false, 0),
  "defaults": () => [inspect.custom === Symbol.for("nodejs.util.inspect.custom"), typeof inspect.colors.red, typeof inspect.styles, inspect.defaultOptions.depth],
  "format": () => [format("%s %d %i %f %j %o %O %c %%", "a", 1.5, 1.5, "2.5", { a: 1 }, [1], { b: 2 }, "css"), format("%s", null), format("%s", undefined), format("%s", 5n), format("%s", Symbol("a")), format("%s", { a: { b: { c: 1 } } }), format("%s", () => {}), format("%s", new A()), format("%d", "x"), format("%i", "42abc"), format("a", "b", { c: 1 }), format(1, 2, "3"), format("%s"), format("%z", 1), format("%", 1), format("%s %s", "a"), format(), format("%j", { toJSON: () => "json" }), format("%s", -0), format("%d", 10n), format({ a: 1 }, "x"), format("%s", "a", "extra", 5), format("%s", class Q {}), format("%s", new Date(0)), format("%s", [1, [2, [3]]])],
  "format of a cycle": () => { const o = {}; o.o = o; return format("%j", o); },
  "formatWithOptions": () => formatWithOptions({ colors: true }, "%s %O", "a", { b: 1 }),
  "errors": () => { const e = new TypeError("message"); e.stack = "TypeError: message\n    at somewhere"; const f = new Error("outer", { cause: e }); f.stack = "Error: outer\n    at here"; const g = Object.assign(new Error("props"), { code: "X", n: 1 }); g.stack = "Error: props\n    at there"; return [inspect(e), inspect(f), inspect(g), inspect({ e })]; },
  "promises and proxies": () => [inspect(Promise.resolve(4)), inspect(Promise.reject(new RangeError("r")).catch(() => {})), inspect(new Promise(() => {})), inspect((() => { const p = Promise.reject(5); p.catch(() => {}); return p; })()), inspect(new Proxy({ a: 1 }, {})), inspect(new Proxy({ a: 1 }, {}), { showProxy: true }), inspect(new Proxy(function f() {}, {}))],
});
