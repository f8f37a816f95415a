import { Buffer } from "buffer";

const data = Buffer.from([0x01, 0x82, 0xff, 0x7f, 0x80, 0x00, 0xfe, 0x10, 0x3f, 0xc0]);
const reads = ["readUInt8", "readInt8", "readUInt16LE", "readUInt16BE", "readInt16LE", "readInt16BE", "readUInt32LE", "readUInt32BE", "readInt32LE", "readInt32BE", "readFloatLE", "readFloatBE", "readDoubleLE", "readDoubleBE", "readBigInt64LE", "readBigInt64BE", "readBigUInt64LE", "readBigUInt64BE", "readUint8", "readUint16LE", "readBigUint64BE"];
const writes = [["writeUInt8", 200], ["writeInt8", -5], ["writeUInt16LE", 0x1234], ["writeUInt16BE", 0x1234], ["writeInt16LE", -2], ["writeInt16BE", -300], ["writeUInt32LE", 0xdeadbeef], ["writeUInt32BE", 0xdeadbeef], ["writeInt32LE", -1], ["writeInt32BE", -65537], ["writeFloatLE", 1.5], ["writeFloatBE", -0.1], ["writeDoubleLE", Math.PI], ["writeDoubleBE", -1e300], ["writeBigInt64LE", -1n], ["writeBigInt64BE", 1n << 40n], ["writeBigUInt64LE", (1n << 64n) - 1n], ["writeBigUInt64BE", 5n], ["writeUint32LE", 7]];

export const cases = {};
for (const name of reads) {
  cases[name] = () => [data[name](0), data[name](1), data[name](), thrown(() => data[name](10), true), thrown(() => data[name](-1)), thrown(() => data[name]("0"), true), thrown(() => data[name](1.5))];
}
for (const [name, value] of writes) {
  cases[name] = () => {
    const b = Buffer.alloc(12);
    return [b[name](value, 2), b, b[name](value), b, thrown(() => b[name](value, 12)), thrown(() => b[name](value, -1))];
  };
}
Object.assign(cases, {
  "values out of range": () => {
    const b = Buffer.alloc(8);
    return [thrown(() => b.writeUInt8(256), true), thrown(() => b.writeInt8(-129), true), thrown(() => b.writeUInt16LE(65536), true), thrown(() => b.writeInt32BE(2 ** 31), true), thrown(() => b.writeUInt32LE(-1), true), thrown(() => b.writeBigInt64LE(1n << 63n), true), thrown(() => b.writeBigUInt64LE(-1n), true), thrown(() => b.writeBigInt64LE(5)), thrown(() => b.writeUIntBE(2 ** 40, 0, 5), true)];
  },
  "odd values": () => {
    const b = Buffer.alloc(4);
    b.writeUInt8(3.9, 0);
    b.writeUInt8("7", 1);
    b.writeInt8(NaN, 2);
    b.writeUInt8(undefined, 3);
    return b;
  },
  "any width": () => [1, 2, 3, 4, 5, 6].map((n) => [data.readUIntLE(0, n), data.readUIntBE(0, n), data.readIntLE(1, n), data.readIntBE(1, n)]),
  "writing any width": () => [1, 2, 3, 4, 5, 6].map((n) => {
    const b = Buffer.alloc(14);
    b.writeUIntLE(2 ** (8 * n) - 2, 0, n);
    b.writeIntBE(-(2 ** (8 * n - 1)), 7, n);
    return b;
  }),
  "wrong widths": () => [thrown(() => data.readUIntLE(0, 0)), thrown(() => data.readUIntLE(0, 7), true), thrown(() => data.readIntBE(0, "x")), thrown(() => data.readUIntBE(9, 3))],
  "floats that are no numbers": () => {
    const b = Buffer.alloc(8);
    b.writeFloatLE(Infinity);
    b.writeFloatLE(NaN, 4);
    return [b, b.readFloatLE(0), b.readFloatLE(4), b.readDoubleLE()];
  },
});
