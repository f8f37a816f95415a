import buffer, { Blob as B, Buffer as Named, constants, isAscii, isUtf8, kMaxLength, transcode } from "node:buffer";

const b = Buffer.from("Grüße, 世界 🎉!", "utf8");
const texts = ["", "a", "ab", "abc", "hello world", "ünïcödé", "日本語", "🎉🎉", "\ufeffBOM", "a\0b"];
const encodings = ["utf8", "hex", "base64", "base64url", "latin1", "ascii", "utf16le", "ucs2", "binary", "UTF-8", "HEX"];

export const cases = {
  "the class is the global one": () => [Named === Buffer, buffer.Buffer === Buffer, globalThis.Buffer === Buffer, B === Blob],
  "every encoding back and forth": () => encodings.map((e) => texts.map((t) => Buffer.from(Buffer.from(t).toString(e), e).toString(e))),
  "toString in every encoding": () => encodings.map((e) => texts.map((t) => Buffer.from(t).toString(e))),
  "from text in every encoding": () => encodings.map((e) => ["deadbeef", "zz", "YWJj", "YW-_", "Zm9v YmFy", "é€", "abc"].map((t) => Buffer.from(t, e))),
  "lenient base64": () => ["YQ", "YQ=", "YQ==", "YQ===", "Y Q = =", "YQ==YQ==", "=", "A", "-_-_", "+/+/", "\nYWJj\n", "YW$Jj"].map((t) => Buffer.from(t, "base64")),
  "lenient hex": () => ["abx", "abxxcd", "a", "0g", "ABCDEF", "  "].map((t) => Buffer.from(t, "hex")),
  "lone surrogates": () => [Buffer.from("\ud800"), Buffer.from("a\udc00b"), Buffer.from("\ud83c\udf89")],
  "invalid utf8": () => [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x8e], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x80, 0x61]].map((a) => Buffer.from(a).toString()),
  "toString with bounds": () => [b.toString("utf8", 2), b.toString("utf8", 0, 3), b.toString("hex", -3, 4), b.toString("latin1", 3, 1000), b.toString("utf8", 4, 2), b.toString(undefined, 1, 2), b.toString("hex", "2", "4"), b.toString("hex", NaN, 2)],
  "byteLength": () => [...encodings.map((e) => Buffer.byteLength("héllo=", e)), Buffer.byteLength("YWJj", "base64"), Buffer.byteLength("YQ==", "base64"), Buffer.byteLength(new ArrayBuffer(5)), Buffer.byteLength(new Uint16Array(3)), Buffer.byteLength("x", "nonsense")],
  "byteLength of nonsense": () => thrown(() => Buffer.byteLength(5), true),
  "alloc": () => [Buffer.alloc(3), Buffer.alloc(3, 1), Buffer.alloc(5, "ab"), Buffer.alloc(4, "YQ==", "base64"), Buffer.alloc(3, Buffer.from([1, 2])), Buffer.alloc(0), Buffer.alloc(2, "")],
  "alloc of nonsense": () => [thrown(() => Buffer.alloc(-1)), thrown(() => Buffer.alloc("5"), true), thrown(() => Buffer.alloc(NaN)), thrown(() => Buffer.alloc(2, "zz", "hex"))],
  "allocUnsafe lengths": () => [Buffer.allocUnsafe(4).length, Buffer.allocUnsafeSlow(4).length, thrown(() => Buffer.allocUnsafe(-1))],
  "from arrays": () => [Buffer.from([1, 2, 300, -1, 1.7, "4", NaN]), Buffer.from(new Uint8Array([1, 2])), Buffer.from(new Uint16Array([1, 258])), Buffer.from({ length: 2, 0: 7, 1: 8 }), Buffer.from({ type: "Buffer", data: [1, 2] }), Buffer.from([])],
  "from objects": () => [Buffer.from(new String("abc")), Buffer.from({ valueOf: () => "xyz" }), Buffer.from({ [Symbol.toPrimitive]: () => "prim" })],
  "from memory": () => {
    const memory = new Uint8Array([1, 2, 3, 4]).buffer;
    const view = Buffer.from(memory, 1, 2);
    view[0] = 9;
    return [view, new Uint8Array(memory), Buffer.from(memory, 2), Buffer.from(memory, 4), thrown(() => Buffer.from(memory, 5)), thrown(() => Buffer.from(memory, 1, 9))];
  },
  "from nonsense": () => [null, undefined, 5, true, Symbol("x"), () => 1].map((v) => thrown(() => Buffer.from(v), true)),
  "unknown encodings": () => [thrown(() => Buffer.from("a", "nope"), true), thrown(() => b.toString("nope"), true), thrown(() => Buffer.from("a").write("b", "nope"), true)],
  "called without new": () => [Buffer("abc"), Buffer([1, 2]), Buffer(3).length, new Buffer("x")],
  "isBuffer": () => [b, new Uint8Array(1), "x", null, Buffer.prototype, {}].map((v) => Buffer.isBuffer(v)),
  "isEncoding": () => [...encodings, "nope", "", 5, undefined, "Utf-16LE"].map((e) => Buffer.isEncoding(e)),
  "concat": () => [Buffer.concat([]), Buffer.concat([Buffer.from("a"), new Uint8Array([98])]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([Buffer.from("a")], 3), Buffer.concat([b, b]).length],
  "concat of nonsense": () => [thrown(() => Buffer.concat("a"), true), thrown(() => Buffer.concat(["a"]), true)],
  "compare": () => [Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.compare(Buffer.from("b"), Buffer.from("a")), Buffer.compare(Buffer.from("a"), new Uint8Array([97])), Buffer.from("abc").compare(Buffer.from("ab")), Buffer.from("abcd").compare(Buffer.from("xbcx"), 1, 3, 1, 3), thrown(() => b.compare("x"), true)],
  "equals": () => [b.equals(Buffer.from(b)), b.equals(new Uint8Array(b)), b.equals(Buffer.from("x")), thrown(() => b.equals("x"), true)],
  "indexOf": () => {
    const h = Buffer.from("this is a buffer is");
    return [h.indexOf("is"), h.indexOf("is", 3), h.indexOf("is", -3), h.indexOf("nope"), h.indexOf(97), h.indexOf(Buffer.from("a buffer")), h.indexOf(""), h.indexOf("", 5), h.indexOf("", 99), h.indexOf("is", "utf8"), h.indexOf(99.9), h.indexOf("6973", 3, "hex"), h.indexOf(353), h.includes("buf"), h.includes("is", 18), h.indexOf("is", undefined), h.indexOf("is", null), h.indexOf("s", {})];
  },
  "lastIndexOf": () => {
    const h = Buffer.from("this is a buffer is");
    return [h.lastIndexOf("is"), h.lastIndexOf("is", 16), h.lastIndexOf("is", -4), h.lastIndexOf("nope"), h.lastIndexOf(97), h.lastIndexOf(""), h.lastIndexOf("is", 0), h.lastIndexOf("th", -99), h.lastIndexOf("is", undefined), h.lastIndexOf("is", null)];
  },
  "indexOf of nonsense": () => [thrown(() => b.indexOf({}), true), thrown(() => b.indexOf("a", 0, "nope"))],
  "indexOf in utf16": () => { const h = Buffer.from("aαb", "utf16le"); return [h.indexOf("α", 0, "utf16le"), h.indexOf("b", 0, "ucs2"), h.lastIndexOf("a", 9, "utf16le")]; },
  "fill": () => [Buffer.alloc(5).fill("abc"), Buffer.alloc(5).fill(256 + 7), Buffer.alloc(5).fill("é"), Buffer.alloc(5).fill("a", 1, 3), Buffer.alloc(4).fill("6162", "hex"), Buffer.alloc(4).fill(Buffer.from([1, 2, 3])), Buffer.alloc(3, 1).fill(""), Buffer.alloc(2).fill(true), Buffer.alloc(3).fill("ab", 1, "latin1")],
  "fill out of range": () => [thrown(() => Buffer.alloc(2).fill(1, 0, 5)), thrown(() => Buffer.alloc(2).fill(1, -1)), thrown(() => Buffer.alloc(2).fill(Buffer.alloc(0))), thrown(() => Buffer.alloc(2).fill("a", 0, 2, "nope"))],
  "write": () => {
    const w = Buffer.alloc(8);
    return [w.write("abc"), w.write("é", 3), w.write("xyz", 6), w.write("6162", 0, "hex"), w.write("zzzz", 1, 2), w.write("世界", 5), w.write("YQ==", 0, 4, "base64"), w.toString("hex"), w.write(""), w.write("ab", 0, 1, "utf16le")];
  },
  "write out of range": () => [thrown(() => Buffer.alloc(2).write("a", 3)), thrown(() => Buffer.alloc(2).write("a", -1)), thrown(() => Buffer.alloc(2).write(5), true)],
  "copy": () => {
    const t = Buffer.alloc(6);
    const s = Buffer.from("abcdef");
    return [s.copy(t), t.toString(), s.copy(t, 3), t.toString(), s.copy(t, 0, 4), t.toString(), s.copy(t, 5, 1, 3), t.toString(), s.copy(t, 9), s.copy(t, 0, 2, 99), t.toString(), thrown(() => s.copy("x"), true), thrown(() => s.copy(t, -1)), thrown(() => s.copy(t, 0, 9))];
  },
  "slice shares memory": () => {
    const s = Buffer.from("abcdef");
    const p = s.slice(1, 4);
    p[0] = 90;
    return [s.toString(), p.toString(), s.slice(-2).toString(), s.subarray(2).toString(), s.slice(4, 2).length, s.slice("1", "3").toString(), Buffer.isBuffer(p), Buffer.isBuffer(s.subarray(1))];
  },
  "array methods": () => [Buffer.isBuffer(b.map((x) => x)), Buffer.isBuffer(b.filter((x) => x > 100)), Buffer.from([3, 1, 2]).sort(), Buffer.from([1, 2]).reverse(), [...Buffer.from("ab").entries()], [...Buffer.from("ab")], Buffer.of(1, 2), Buffer.from([1, 2, 3]).at(-1), Buffer.from("abc").join("-")],
  "json": () => [JSON.stringify(Buffer.from("ab")), Buffer.from("ab").toJSON(), Buffer.from(JSON.parse(JSON.stringify(Buffer.from("xy"))))],
  "swap": () => [Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32(), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64(), thrown(() => Buffer.alloc(3).swap16(), true), thrown(() => Buffer.alloc(6).swap32(), true)],
  "kinds": () => [b instanceof Uint8Array, b instanceof Buffer, Object.prototype.toString.call(b), b.constructor === Buffer, Buffer.name, Buffer.poolSize, typeof kMaxLength, constants.MAX_STRING_LENGTH],
  "isUtf8 and isAscii": () => [isUtf8(b), isUtf8(Buffer.from([0xff])), isAscii(b), isAscii(Buffer.from("abc")), thrown(() => isUtf8("x"))],
  "transcode": () => [transcode(Buffer.from("é€"), "utf8", "latin1"), transcode(Buffer.from("é"), "utf8", "utf16le"), transcode(Buffer.from("é", "latin1"), "latin1", "utf8"), transcode(Buffer.from("aé"), "utf8", "ascii")],
  "atob and btoa": () => [buffer.atob("YWJj"), buffer.btoa("abc")],
  "structuredClone": () => structuredClone(Buffer.from("abc")).constructor === Uint8Array,
  "copyBytesFrom": () => [Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1), Buffer.copyBytesFrom(new Uint8Array([1, 2]))],
  "decoded by TextDecoder, hashed by WebCrypto": async () => [new TextDecoder().decode(b), Buffer.from(await crypto.subtle.digest("SHA-256", b)).toString("hex"), await new Response(b).text()],
  "a large one": () => { const l = Buffer.alloc(1 << 20, "abc"); return [l.toString("base64").length, l.toString("hex").slice(-8), l.indexOf("ca", 1000), Buffer.from(l.toString("base64"), "base64").equals(l)]; },
};
