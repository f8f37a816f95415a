import { StringDecoder } from "node:string_decoder";

const inputs = { utf8: Buffer.from("aé世🎉z\ud800"), utf16le: Buffer.from("aé世🎉z", "utf16le"), base64: Buffer.from("hello world"), base64url: Buffer.from([255, 254, 253, 252]), hex: Buffer.from("abc"), latin1: Buffer.from("é", "latin1"), ascii: Buffer.from("abc") };
const split = (bytes, size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, i * size + size));

export const cases = {};
for (const [encoding, bytes] of Object.entries(inputs)) {
  cases[encoding] = () => [1, 2, 3, 5, 100].map((size) => { const d = new StringDecoder(encoding); return [...split(bytes, size).map((part) => d.write(part)), d.end()]; });
}
const broken = [[0xc3], [0xe4, 0xb8], [0xf0, 0x9f, 0x8e], [0xff, 0x61], [0xc3, 0x61], [0xe4, 0x61], [0xf0, 0x9f, 0x61], [0xed, 0xa0, 0x80], [0x80], [0xe2, 0x82, 0xe2, 0x82, 0xac], [0xc0], [0xf5, 0x80]];
Object.assign(cases, {
  "broken utf8": () => broken.map((b) => { const d = new StringDecoder("utf8"); return [d.write(Buffer.from(b)), d.end()]; }),
  "broken utf8, byte by byte": () => broken.map((b) => { const d = new StringDecoder(); return b.map((x) => d.write(Buffer.from([x]))).join("|") + "|" + d.end(); }),
  "end with bytes": () => { const d = new StringDecoder("utf8"); return [d.end(Buffer.from([0xe2])), d.write(Buffer.from("x")), d.end()]; },
  "odd utf16": () => { const d = new StringDecoder("utf16le"); return [d.write(Buffer.from([0x61])), d.write(Buffer.from([0, 0x3c, 0xd8])), d.end()]; },
  "names": () => ["utf-8", "UTF8", "ucs2", "utf-16le", "binary", "BASE64", undefined].map((e) => new StringDecoder(e).encoding),
  "of nonsense": () => [thrown(() => new StringDecoder("nope"), true), thrown(() => new StringDecoder().write(5), true), new StringDecoder().write("text")],
});
