import assert, { AssertionError, strict } from "node:assert";
import path, { posix } from "node:path";
import querystring from "node:querystring";
import url, { fileURLToPath, pathToFileURL } from "node:url";
import util, { callbackify, format, inherits, inspect, isDeepStrictEqual, promisify, stripVTControlCharacters, types } from "node:util";

class Point {
  #hidden = 1;
  constructor() {
    this.x = 1;
  }
  get y() {
    return 2;
  }
}

const circular = { name: "c", list: [1, [2, [3, [4]]]] };
circular.self = circular;

export default {
  "inspect": () =>
    [circular, new Point(), new Map([["a", { b: new Set([1]) }]]), [, 1, , undefined], [1n, -0, "it's", 'a"b', Symbol("s")], () => 1, class A extends Point {}, new Date(0), /x/gi,
      Buffer.from("ab"), new Uint8Array(3), new ArrayBuffer(2), null, Object.create(null), new (class extends Array {})(2), "a\nb", { "a-b": 1, get c() { return 1; } },
      { a: "x".repeat(100), b: Array.from({ length: 120 }, (_, i) => i) }, new WeakMap(), [["nested"]], new Error("e").message, Object.assign(() => {}, { p: 1 })].map((value) => inspect(value)),
  "inspect options": () => [inspect(circular, { depth: 0 }), inspect({ a: { b: { c: {} } } }, false, null), inspect([1, 2, 3], { compact: false }), inspect({ b: 1, a: 2 }, { sorted: true }), inspect("x", { colors: true }), inspect(new Array(200).fill(0), { maxArrayLength: 2 })],
  "inspect custom": () => inspect({ [inspect.custom]: (depth, options) => `custom ${depth} ${typeof options.stylize}` }),
  "format": () => [format("%s %d %i %f %j %o %O %c %%", "s", "42", 3.9, "1.5", { a: 1 }, [1], { b: 2 }, "css"), format("a", "b", { c: 1 }), format("%s"), format(1, 2), format("%s", null, undefined, 5n, Symbol("x"), { a: { b: { c: 1 } } })],
  "deep": () => [isDeepStrictEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] }), isDeepStrictEqual([1], ["1"]), isDeepStrictEqual(NaN, NaN), isDeepStrictEqual(new Date(0), new Date(1))],
  "promisify": () => promisify((a, done) => done(null, a + 1))(1),
  "promisify rejects": () => promisify((done) => done(new Error("no")))(),
  "callbackify": () => new Promise((resolve) => callbackify(async (a) => a * 2)(21, (error, value) => resolve([error, value]))),
  "inherits": () => {
    function Old() {}
    inherits(Old, Map);
    return [Old.super_ === Map, Object.getPrototypeOf(Old.prototype) === Map.prototype];
  },
  "types": () => [types.isPromise(Promise.resolve()), types.isRegExp(/a/), types.isDate(new Date()), types.isUint8Array(Buffer.alloc(0)), types.isProxy(new Proxy({}, {})), types.isAsyncFunction(async () => {}), types.isNativeError(new TypeError()), types.isArrayBuffer({})],
  "util": () => [typeof util.TextEncoder, util.TextDecoder === globalThis.TextDecoder, stripVTControlCharacters("\u001b[31mred\u001b[0m"), typeof util.deprecate(() => 1, "old"), util.toUSVString("\ud800")],
  "debuglog": () => [util.debuglog("x").enabled, util.debuglog("x")("nothing")],
  "parseArgs": () => util.parseArgs({ args: ["-v", "--name=x", "rest"], options: { verbose: { type: "boolean", short: "v" }, name: { type: "string" } }, allowPositionals: true }),
  "path": () => [
    path.join("/a", "..", "b", "./c"), path.resolve("/a", "b", "../c"), path.normalize("/a//b/./c/.."), path.relative("/a/b/c", "/a/d"), path.basename("/a/b.txt", ".txt"), path.extname(".x.tar.gz"), path.dirname("/a"),
    path.parse("/home/u/file.txt"), path.format({ dir: "/a", name: "b", ext: "c" }), path.isAbsolute("a"), path.sep, path.delimiter, posix === path, path.join(), path.matchesGlob?.("a/b.js", "a/*.js"),
  ],
  "path of Windows": () => path.win32.join("a", "..", "b\\c"),
  "path of nothing": () => path.join("a", undefined),
  "querystring": () => [querystring.parse("a=1&a=2&b=%C3%BC&c&=d&e=f%zz+g"), querystring.stringify({ a: [1, 2], b: "ü &", c: "", d: true, e: null }), querystring.escape("a b&ü"), querystring.unescape("%41%zz"), querystring.parse("a:1;b:2", ";", ":")],
  "url": () => [url.URL === globalThis.URL, fileURLToPath("file:///a/b%20c"), pathToFileURL("/a b/ü#?").href, url.domainToASCII("zürich.example"), url.domainToUnicode("xn--zrich-kva.example")],
  "old url": () => [url.parse("https://u:p@example.com:8080/a/b?x=1#h").pathname, url.parse("/a?b=c", true).query, url.format({ protocol: "https", host: "a.example", pathname: "/x", query: { a: 1 } }), url.resolve("/one/two", "../three")],
  "not a file": () => fileURLToPath("https://example.com/"),
  "urlToHttpOptions": () => url.urlToHttpOptions(new URL("https://u:p@example.com:1/a?b")).hostname,
  "assert ok": () => [assert(1), assert.equal(1, "1"), strict.deepEqual({ a: 1 }, { a: 1 }), assert.match("abc", /b/), assert.notEqual(1, 2)],
  ...Object.fromEntries(
    Object.entries({
      "assert": () => assert(false, "said so"), "equal": () => assert.strictEqual(1, 2), "deep": () => assert.deepStrictEqual({ a: 1 }, { a: 2 }), "throws": () => assert.throws(() => {}), "fail": () => assert.fail(),
      "match": () => assert.match("abc", /x/), "ifError": () => assert.ifError(new Error("inner")),
    }).map(([name, run]) => [
      `assert fails: ${name}`,
      () => {
        try {
          run();
        } catch (error) {
          return [error instanceof AssertionError, error.name, error.code, error.operator, error.generatedMessage];
        }
      },
    ]),
  ),
  "assert rejects": () => assert.rejects(async () => { throw new TypeError("x"); }, TypeError),
};
