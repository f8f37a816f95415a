import assert, { AssertionError, deepEqual, deepStrictEqual, equal, ok, strict, throws } from "node:assert";
import other from "node:assert/strict";

const full = (call) => { try { const r = call(); return r === undefined ? "passed" : r; } catch (e) { return { name: e.name, code: e.code, operator: e.operator, generated: e.generatedMessage, instance: e instanceof AssertionError }; } };
const pairs = [[1, 1], [1, "1"], [NaN, NaN], [null, undefined], [{}, {}], [[1, 2], [1, 2]], [[1, 2], [2, 1]], [{ a: 1 }, { a: "1" }], [new Set([1]), new Set(["1"])], [new Map([[1, 2]]), new Map([[1, 2]])], [new Date(5), new Date(5)], [/a/, /a/], [0, -0], ["a", "b"], [new Error("a"), new Error("a")], [Buffer.from("a"), Buffer.from("a")], [{ a: undefined }, {}], [[], {}], [true, 1], [1n, 1], [new A0(), { x: 1 }], [Object.create(null), {}]];
function A0() { this.x = 1; }
export const cases = {
  "the exports": () => [assert.strict === strict, other === strict, assert.ok === ok, other.equal === assert.strictEqual, other.deepEqual === assert.deepStrictEqual, typeof assert.strict.strict],
  "messages": () => [thrown(() => assert.strictEqual(1, 2), true), thrown(() => assert.deepEqual("a", "b", "mine"), true), thrown(() => assert.equal(1, 2), true), thrown(() => assert.notEqual(1, 1), true), thrown(() => assert.fail(), true), thrown(() => assert.fail("x"), true), thrown(() => assert.ok(0, "no"), true), thrown(() => assert(false, "nope"), true), thrown(() => assert.throws(() => {}), true), thrown(() => assert.throws(() => {}, TypeError), true), thrown(() => assert.ifError(new Error("e")), true), thrown(() => assert.notStrictEqual(1, 1), true), thrown(() => assert.doesNotThrow(() => { throw new Error("x"); }), true), thrown(() => assert.match("abc", /x/), true), thrown(() => assert.doesNotMatch("abc", /a/), true), thrown(() => assert.ok(), true)],
  "an error given as message": () => [thrown(() => assert.ok(false, new RangeError("mine")), true), thrown(() => assert.equal(1, 2, new TypeError("t")), true)],
  "throws": () => [full(() => throws(() => { throw new TypeError("bad"); }, TypeError)), full(() => throws(() => { throw new TypeError("bad"); }, /bad/)), full(() => throws(() => { throw new TypeError("bad"); }, { message: "bad", name: "TypeError" })), full(() => throws(() => { throw new TypeError("bad"); }, { message: /ba/ })), full(() => throws(() => { throw new TypeError("bad"); }, (e) => e.message === "bad")), full(() => throws(() => { throw new TypeError("bad"); }, RangeError)), full(() => throws(() => { throw new TypeError("bad"); }, /good/)), full(() => throws(() => { throw new TypeError("bad"); }, { message: "good" })), full(() => throws(() => { throw new TypeError("bad"); }, () => false)), full(() => throws(() => {})), full(() => throws("x"))],
  "rejects": async () => [await assert.rejects(Promise.reject(new Error("x")), /x/), await thrown(() => assert.rejects(Promise.resolve(1)), true), await assert.rejects(async () => { throw new TypeError("t"); }, TypeError), await assert.doesNotReject(Promise.resolve()), await thrown(() => assert.doesNotReject(Promise.reject(new Error("y"))), true), await thrown(() => assert.rejects(() => 5)).then((r) => r.code), await thrown(() => assert.rejects(5)).then((r) => r.code)],
  "missing arguments": () => [thrown(() => assert.equal(1), true), thrown(() => assert.deepEqual(), true)],
  "AssertionError": () => { const e = new AssertionError({ actual: 1, expected: 2, operator: "strictEqual" }); return [e.name, e.code, e.actual, e.expected, e.operator, e.generatedMessage, e instanceof Error, Object.keys(e).sort(), new AssertionError({ message: "m" }).message, thrown(() => new AssertionError(5)).code]; },
  "AssertionError's message": () => new AssertionError({ actual: 1, expected: 2, operator: "strictEqual" }).message,
  "strict": () => [full(() => strict.equal(1, "1")), full(() => strict(1)), full(() => other.deepEqual({ a: 1 }, { a: "1" }))],
};
for (const name of ["equal", "notEqual", "strictEqual", "notStrictEqual", "deepEqual", "notDeepEqual", "deepStrictEqual", "notDeepStrictEqual"]) {
  cases[name] = () => pairs.map(([a, b]) => full(() => assert[name](a, b)));
}
void deepEqual, deepStrictEqual, equal;
