import { Blob as NodeBlob, Buffer, constants, isUtf8, kMaxLength, transcode } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

const text = "grün 👋 \u0000";
const ENCODINGS = ["utf8", "utf-8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "ucs2", "utf16le"];

export default {
  ...Object.fromEntries(ENCODINGS.map((encoding) => [`to ${encoding}`, () => Buffer.from(text).toString(encoding)])),
  ...Object.fromEntries(ENCODINGS.map((encoding) => [`from ${encoding}`, () => Buffer.from("YWJj-_8=", encoding)])),
  "odd hex": () => Buffer.from("abcz12", "hex"),
  "loose base64": () => [Buffer.from("YW Jj\n", "base64"), Buffer.from("YWJjZA", "base64"), Buffer.from("YW=Jj", "base64")],
  "unknown encoding": () => Buffer.from("a", "none"),
  "broken utf8": () => Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x82]).toString(),
  "lone surrogate": () => Buffer.from("\ud800a"),
  "from things": () => [Buffer.from([1, 256, -1, 2.9]), Buffer.from(new Uint16Array([1, 2])), Buffer.from(new ArrayBuffer(2)), Buffer.from({ type: "Buffer", data: [1, 2] }), Buffer.from(new String("x"))],
  "from a number": () => Buffer.from(5),
  "from null": () => Buffer.from(null),
  "alloc": () => [Buffer.alloc(3), Buffer.alloc(5, "ab"), Buffer.alloc(4, "YQ==", "base64"), Buffer.allocUnsafe(2).length],
  "alloc too much": () => Buffer.alloc(-1),
  "concat": () => [Buffer.concat([Buffer.from("a"), new Uint8Array([98])]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([], 0)],
  "length": () => [Buffer.byteLength(text), Buffer.byteLength("YWJj", "base64"), Buffer.byteLength(new ArrayBuffer(7))],
  "compare": () => [Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("b").compare(Buffer.from("a")), Buffer.from("a").equals(new Uint8Array([97]))],
  "slices share": () => {
    const buffer = Buffer.from("abcdef");
    buffer.slice(1, 3)[0] = 88;
    buffer.subarray(-2)[0] = 89;
    return buffer.toString();
  },
  "search": () => {
    const buffer = Buffer.from("abcabc");
    return [buffer.indexOf("c"), buffer.lastIndexOf("c"), buffer.includes("bc"), buffer.indexOf(Buffer.from("ca")), buffer.indexOf(98, 2), buffer.indexOf("zz"), buffer.indexOf("")];
  },
  "write": () => {
    const buffer = Buffer.alloc(8);
    return [buffer.write("grün", 1), buffer.write("ffff", 6, "hex"), buffer.fill("x", 0, 1), buffer.copy(buffer, 5, 0, 2), buffer];
  },
  "numbers": () => {
    const buffer = Buffer.alloc(32);
    buffer.writeUInt32BE(0xdeadbeef, 0);
    buffer.writeInt16LE(-2, 4);
    buffer.writeDoubleBE(Math.PI, 6);
    buffer.writeFloatLE(1.5, 14);
    buffer.writeBigUInt64LE(2n ** 63n, 18);
    buffer.writeUIntBE(0x123456, 26, 3);
    return [buffer, buffer.readUInt32BE(0), buffer.readInt16LE(4), buffer.readDoubleBE(6), buffer.readFloatLE(14), buffer.readBigUInt64LE(18), buffer.readIntBE(26, 3), buffer.readUint8(0)];
  },
  "out of range": () => Buffer.alloc(2).readUInt32LE(0),
  "too large a value": () => Buffer.alloc(2).writeUInt8(300, 0),
  "swap": () => [Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32()],
  "swap odd": () => Buffer.from([1]).swap16(),
  "json": () => JSON.stringify({ b: Buffer.from("ab") }),
  "is": () => [Buffer.isBuffer(Buffer.alloc(0)), Buffer.isBuffer(new Uint8Array()), Buffer.isEncoding("UTF-8"), Buffer.isEncoding("none"), Buffer.alloc(1) instanceof Uint8Array],
  "global": () => [globalThis.Buffer === Buffer, typeof atob, Buffer.name, Buffer.poolSize > 0, typeof kMaxLength, typeof constants.MAX_LENGTH],
  "views keep the class": () => [Buffer.from("abc").map((byte) => byte + 1), Buffer.from("abc").filter((byte) => byte > 97), Buffer.of(1, 2)].map((view) => view.constructor.name),
  "entries": () => [[...Buffer.from("ab").entries()], [...Buffer.from("ab")], Buffer.from("abc").at(-1)],
  "utf8": () => [isUtf8(Buffer.from(text)), isUtf8(Buffer.from([0xff]))],
  "transcode": () => transcode(Buffer.from("€"), "utf8", "utf16le"),
  "blob": () => NodeBlob === globalThis.Blob,
  "decoder": () => {
    const decoder = new StringDecoder("utf8");
    const bytes = Buffer.from("ü👋");
    return [decoder.write(bytes.subarray(0, 1)), decoder.write(bytes.subarray(1, 4)), decoder.write(bytes.subarray(4)), decoder.end()];
  },
  "decoder base64": () => {
    const decoder = new StringDecoder("base64");
    return [decoder.write(Buffer.from("a")), decoder.write(Buffer.from("bcd")), decoder.end()];
  },
  "decoder cut": () => new StringDecoder().end(Buffer.from([0xe2, 0x82])),
};
