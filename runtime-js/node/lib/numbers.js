// `buf.readInt32LE(offset)` and the like.

import { range, argumentType, outOfRange } from "./errors.js";

const f64 = new Float64Array(1);
const f32 = new Float32Array(f64.buffer, 0, 1);
const raw = new Uint8Array(f64.buffer);

function checkOffset(value, name) {
  if (typeof value !== "number") throw argumentType(name, "number", value);
}

function boundsError(value, last) {
  if (Math.floor(value) !== value) {
    checkOffset(value, "offset");
    return outOfRange("offset", "an integer", value);
  }
  if (last < 0) return range("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  return outOfRange("offset", `>= 0 and <= ${last}`, value);
}

function checkBounds(bytes, offset, size) {
  checkOffset(offset, "offset");
  if (bytes[offset] === undefined || bytes[offset + size - 1] === undefined) throw boundsError(offset, bytes.length - size);
}

function checkValue(value, min, max, bytes, offset, size) {
  if (value > max || value < min) {
    const n = typeof min === "bigint" ? "n" : "";
    let expected;
    if (size > 4 || (size > 3 && n === "n")) {
      if (min === 0 || min === 0n) expected = `>= 0${n} and < 2${n} ** ${size * 8}${n}`;
      else expected = `>= -(2${n} ** ${size * 8 - 1}${n}) and < 2${n} ** ${size * 8 - 1}${n}`;
    } else {
      expected = `>= ${min}${n} and <= ${max}${n}`;
    }
    throw outOfRange("value", expected, value);
  }
  checkBounds(bytes, offset, size);
}

function readUnsigned(bytes, offset, size, little) {
  checkBounds(bytes, offset, size);
  let value = 0;
  if (little) {
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[offset + i];
  } else {
    for (let i = 0; i < size; i++) value = value * 256 + bytes[offset + i];
  }
  return value;
}

function readSigned(bytes, offset, size, little) {
  const value = readUnsigned(bytes, offset, size, little);
  const half = 2 ** (size * 8 - 1);
  return value >= half ? value - 2 * half : value;
}

function write(bytes, value, offset, size, little, min, max) {
  value = +value;
  checkValue(value, min, max, bytes, offset, size);
  // Not a number becomes 0, fractions are cut off.
  value = Math.trunc(value) || 0;
  if (value < 0) value += 2 ** (size * 8);
  for (let i = 0; i < size; i++) {
    bytes[offset + (little ? i : size - 1 - i)] = value % 256;
    value = Math.floor(value / 256);
  }
  return offset + size;
}

function readBig(bytes, offset, little, signed) {
  checkBounds(bytes, offset, 8);
  const first = readUnsigned(bytes, offset, 4, little);
  const second = readUnsigned(bytes, offset + 4, 4, little);
  const value = little ? (BigInt(second) << 32n) + BigInt(first) : (BigInt(first) << 32n) + BigInt(second);
  return signed ? BigInt.asIntN(64, value) : value;
}

function writeBig(bytes, value, offset, little, min, max) {
  checkValue(value, min, max, bytes, offset, 8);
  const unsigned = BigInt.asUintN(64, value);
  const low = Number(unsigned & 0xffffffffn);
  const high = Number(unsigned >> 32n);
  write(bytes, little ? low : high, offset, 4, little, 0, 0xffffffff);
  write(bytes, little ? high : low, offset + 4, 4, little, 0, 0xffffffff);
  return offset + 8;
}

function readFloat(bytes, offset, size, little) {
  checkBounds(bytes, offset, size);
  for (let i = 0; i < size; i++) raw[i] = bytes[offset + (little ? i : size - 1 - i)];
  return size === 4 ? f32[0] : f64[0];
}

function writeFloat(bytes, value, offset, size, little) {
  checkBounds(bytes, offset, size);
  if (size === 4) f32[0] = value;
  else f64[0] = value;
  for (let i = 0; i < size; i++) bytes[offset + (little ? i : size - 1 - i)] = raw[i];
  return offset + size;
}

function checkSize(size) {
  if (typeof size !== "number") throw argumentType("byteLength", "number", size);
  if (!Number.isInteger(size)) throw outOfRange("byteLength", "an integer", size);
  if (size < 1 || size > 6) throw outOfRange("byteLength", ">= 1 and <= 6", size);
}

// All methods by name; the names with `UInt` exist with `Uint` too.
export const methods = {};

for (const [order, little] of [["LE", true], ["BE", false]]) {
  for (const bits of [8, 16, 32]) {
    if (bits === 8 && !little) continue;
    const suffix = bits === 8 ? "8" : `${bits}${order}`;
    const size = bits / 8;
    const span = 2 ** bits;
    Object.assign(methods, {
      [`readUInt${suffix}`](offset = 0) {
        return readUnsigned(this, offset, size, little);
      },
      [`readInt${suffix}`](offset = 0) {
        return readSigned(this, offset, size, little);
      },
      [`writeUInt${suffix}`](value, offset = 0) {
        return write(this, value, offset, size, little, 0, span - 1);
      },
      [`writeInt${suffix}`](value, offset = 0) {
        return write(this, value, offset, size, little, -span / 2, span / 2 - 1);
      },
    });
  }
  Object.assign(methods, {
    [`readUInt${order}`](offset, size) {
      if (offset === undefined) throw argumentType("offset", "number", offset);
      checkSize(size);
      return readUnsigned(this, offset, size, little);
    },
    [`readInt${order}`](offset, size) {
      if (offset === undefined) throw argumentType("offset", "number", offset);
      checkSize(size);
      return readSigned(this, offset, size, little);
    },
    [`writeUInt${order}`](value, offset, size) {
      checkSize(size);
      return write(this, value, offset, size, little, 0, 2 ** (size * 8) - 1);
    },
    [`writeInt${order}`](value, offset, size) {
      checkSize(size);
      return write(this, value, offset, size, little, -(2 ** (size * 8 - 1)), 2 ** (size * 8 - 1) - 1);
    },
    [`readBigUInt64${order}`](offset = 0) {
      return readBig(this, offset, little, false);
    },
    [`readBigInt64${order}`](offset = 0) {
      return readBig(this, offset, little, true);
    },
    [`writeBigUInt64${order}`](value, offset = 0) {
      return writeBig(this, value, offset, little, 0n, 2n ** 64n - 1n);
    },
    [`writeBigInt64${order}`](value, offset = 0) {
      return writeBig(this, value, offset, little, -(2n ** 63n), 2n ** 63n - 1n);
    },
    [`readFloat${order}`](offset = 0) {
      return readFloat(this, offset, 4, little);
    },
    [`readDouble${order}`](offset = 0) {
      return readFloat(this, offset, 8, little);
    },
    [`writeFloat${order}`](value, offset = 0) {
      return writeFloat(this, value, offset, 4, little);
    },
    [`writeDouble${order}`](value, offset = 0) {
      return writeFloat(this, value, offset, 8, little);
    },
  });
}

for (const name of Object.keys(methods)) {
  if (name.includes("UInt")) methods[name.replace("UInt", "Uint")] = methods[name];
}

// Reverses the bytes of each group of `size`.
export function swap(bytes, size) {
  if (bytes.length % size !== 0) {
    throw range("ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${size * 8}-bits`);
  }
  for (let at = 0; at < bytes.length; at += size) {
    for (let i = 0; i < size / 2; i++) {
      const byte = bytes[at + i];
      bytes[at + i] = bytes[at + size - 1 - i];
      bytes[at + size - 1 - i] = byte;
    }
  }
  return bytes;
}

