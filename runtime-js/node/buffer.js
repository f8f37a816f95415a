// node:buffer. A Buffer is a Uint8Array with more methods; each has memory of its own, there is no pool.

import { argumentType, argumentValue, checkInteger, checkString, outOfRange, plain, type } from "./lib/errors.js";
import * as encodings from "./lib/encodings.js";
import { methods as numbers, swap } from "./lib/numbers.js";
import { isBytes, order, search } from "./lib/search.js";
import { lazily } from "./lib/host.js";

const inspected = lazily("internal_inspect");
const { UTF8, UTF16, unknownEncoding } = encodings;
const customInspect = Symbol.for("nodejs.util.inspect.custom");
const TypedArray = Object.getPrototypeOf(Uint8Array);
const { set: typedSet, subarray: typedSubarray, fill: typedFill } = TypedArray.prototype;
const K_MAX_LENGTH = 2 ** 53 - 1;
// V8's own limit.
const K_STRING_MAX_LENGTH = 2 ** 29 - 24;

class FastBuffer extends Uint8Array {}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === "number") {
    if (typeof encodingOrOffset === "string") throw argumentType("string", "string", value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}

Object.setPrototypeOf(Buffer, Uint8Array);
Object.defineProperty(Buffer, Symbol.species, { configurable: true, enumerable: false, get: () => FastBuffer });
Object.defineProperty(Buffer, "prototype", { value: FastBuffer.prototype, writable: false, enumerable: false, configurable: false });
Object.defineProperty(FastBuffer.prototype, "constructor", { value: Buffer, writable: true, enumerable: false, configurable: true });

function encodingOf(name) {
  if (name === undefined || name === null || name === "") return UTF8;
  const encoding = encodings.find(name);
  if (encoding === undefined) throw unknownEncoding(name);
  return encoding;
}

function over(bytes) {
  return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkSize(size) {
  if (typeof size !== "number") throw argumentType("size", "number", size);
  if (!(size >= 0 && size <= K_MAX_LENGTH)) throw outOfRange("size", `>= 0 && <= ${K_MAX_LENGTH}`, size);
}

function fromString(text, name) {
  if (typeof name !== "string" || name.length === 0) return over(encodings.encode(text, UTF8));
  const encoding = encodings.find(name);
  if (encoding === undefined) throw unknownEncoding(name);
  return over(encodings.encode(text, encoding));
}

function fromArrayBuffer(memory, offset, length) {
  offset = offset === undefined ? 0 : +offset || 0;
  const left = memory.byteLength - offset;
  if (left < 0) throw rangeBounds("offset");
  if (length === undefined) length = left;
  else {
    length = +length;
    if (length > 0) {
      if (length > left) throw rangeBounds("length");
    } else length = 0;
  }
  return new FastBuffer(memory, offset, length);
}

function rangeBounds(name) {
  const error = new RangeError(`"${name}" is outside of buffer bounds`);
  error.code = "ERR_BUFFER_OUT_OF_BOUNDS";
  return error;
}

function fromArrayLike(list) {
  const length = list.length;
  if (!(length > 0)) return new FastBuffer(0);
  checkSize(length);
  const bytes = new FastBuffer(Math.trunc(length));
  if (isBytes(list)) typedSet.call(bytes, list);
  else for (let i = 0; i < bytes.length; i++) bytes[i] = list[i];
  return bytes;
}

function isMemory(value) {
  return value instanceof ArrayBuffer || Object.prototype.toString.call(value) === "[object SharedArrayBuffer]" ||
    Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

Buffer.poolSize = 8192;

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") return fromString(value, encodingOrOffset);
  if (typeof value === "object" && value !== null) {
    if (isMemory(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf && value.valueOf();
    if (primitive != null && primitive !== value && (typeof primitive === "string" || typeof primitive === "object")) {
      return Buffer.from(primitive, encodingOrOffset, length);
    }
    if (value.length !== undefined || isMemory(value.buffer)) {
      return typeof value.length === "number" ? fromArrayLike(value) : new FastBuffer(0);
    }
    if (value.type === "Buffer" && Array.isArray(value.data)) return fromArrayLike(value.data);
    if (typeof value[Symbol.toPrimitive] === "function") {
      const text = value[Symbol.toPrimitive]("string");
      if (typeof text === "string") return fromString(text, encodingOrOffset);
    }
  }
  throw wrongSource(value);
};

function wrongSource(value) {
  const error = argumentType("first argument", ["string", "Buffer", "ArrayBuffer", "Array"], value);
  error.message = error.message.replace("ArrayBuffer, or Array", "ArrayBuffer, or Array or an Array-like Object");
  return error;
}

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) throw argumentType("view", ["TypedArray"], view);
  if (offset !== undefined) checkInteger(offset, "offset", 0);
  if (length !== undefined) checkInteger(length, "length", 0);
  const start = offset ?? 0;
  const part = TypedArray.prototype.slice.call(view, start, length === undefined ? undefined : start + length);
  return new FastBuffer(part.buffer, part.byteOffset, part.byteLength);
};

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const bytes = new FastBuffer(size);
  if (fill !== undefined && fill !== 0 && size > 0) {
    if (encoding !== undefined && encoding !== null && typeof encoding !== "string") throw argumentType("encoding", "string", encoding);
    bytes.fill(fill, encoding);
  }
  return bytes;
};

Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return new FastBuffer(size);
};

Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  checkSize(size);
  return new FastBuffer(size);
};

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};

Buffer.isEncoding = function isEncoding(name) {
  return typeof name === "string" && name.length !== 0 && encodings.find(name) !== undefined;
};

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value !== "string") {
    if (ArrayBuffer.isView(value) || isMemory(value)) return value.byteLength;
    throw argumentType("string", ["string", "Buffer", "ArrayBuffer"], value);
  }
  return encodings.byteLength(value, encodings.find(encoding) ?? UTF8);
};

Buffer.compare = function compare(one, other) {
  if (!isBytes(one)) throw argumentType("buf1", ["Buffer", "Uint8Array"], one);
  if (!isBytes(other)) throw argumentType("buf2", ["Buffer", "Uint8Array"], other);
  return order(one, other);
};

Buffer.concat = function concat(list, total) {
  if (!Array.isArray(list)) throw argumentType("list", "Array", list);
  if (total === undefined) {
    total = 0;
    for (const item of list) if (item.length) total += item.length;
  } else {
    checkInteger(total, "length", 0);
  }
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isBytes(item)) throw argumentType(`list[${i}]`, ["Buffer", "Uint8Array"], item);
    if (at >= total) break;
    const part = at + item.length > total ? typedSubarray.call(item, 0, total - at) : item;
    typedSet.call(bytes, part, at);
    at += part.length;
  }
  return bytes;
};

// An end or start as `slice` takes it, within 0..=length.
function clamp(value, length, fallback) {
  if (value === undefined) return fallback;
  value = Math.trunc(+value) || 0;
  if (value < 0) value = Math.max(0, value + length);
  return Math.min(value, length);
}

function writeText(bytes, text, offset, length, encoding) {
  let part = encodings.encode(text, encoding);
  if (part.length > length) {
    let end = length;
    // Only whole characters.
    if (encoding === UTF8) while (end > 0 && (part[end] & 0xc0) === 0x80) end--;
    else if (encoding === UTF16) end -= end % 2;
    part = typedSubarray.call(part, 0, end);
  }
  typedSet.call(bytes, part, offset);
  return part.length;
}

const methods = {
  write(text, offset, length, encoding) {
    if (typeof text !== "string") throw type("ERR_INVALID_ARG_TYPE", "argument must be a string");
    if (offset === undefined) return writeText(this, text, 0, this.length, UTF8);
    if (length === undefined && typeof offset === "string") {
      encoding = offset;
      length = this.length;
      offset = 0;
    } else {
      checkInteger(offset, "offset", 0, this.length);
      const left = this.length - offset;
      if (length === undefined) length = left;
      else if (typeof length === "string") {
        encoding = length;
        length = left;
      } else {
        checkInteger(length, "length", 0, this.length);
        if (length > left) length = left;
      }
    }
    return writeText(this, text, offset, length, encodingOf(encoding));
  },

  toString(encoding, start, end) {
    if (arguments.length === 0) return encodings.decode(this, UTF8, 0, this.length);
    const { length } = this;
    if (start <= 0) start = 0;
    else if (start >= length) return "";
    else start = Math.trunc(start) || 0;
    if (end === undefined || end > length) end = length;
    else end = Math.trunc(end) || 0;
    if (end <= start) return "";
    return encodings.decode(this, encoding === undefined ? UTF8 : encodingOf(encoding), start, end);
  },

  toJSON() {
    return { type: "Buffer", data: Array.prototype.slice.call(this) };
  },

  equals(other) {
    if (!isBytes(other)) throw argumentType("otherBuffer", ["Buffer", "Uint8Array"], other);
    return this.length === other.length && order(this, other) === 0;
  },

  compare(target, targetStart = 0, targetEnd, sourceStart = 0, sourceEnd) {
    if (!isBytes(target)) throw argumentType("target", ["Buffer", "Uint8Array"], target);
    checkInteger(targetStart, "targetStart", 0);
    if (targetEnd === undefined) targetEnd = target.length;
    else checkInteger(targetEnd, "targetEnd", 0, target.length);
    checkInteger(sourceStart, "sourceStart", 0);
    if (sourceEnd === undefined) sourceEnd = this.length;
    else checkInteger(sourceEnd, "sourceEnd", 0, this.length);
    if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
    if (targetStart >= targetEnd) return 1;
    return order(typedSubarray.call(this, sourceStart, sourceEnd), typedSubarray.call(target, targetStart, targetEnd));
  },

  indexOf(value, offset, encoding) {
    return search(this, value, offset, encoding, true);
  },

  lastIndexOf(value, offset, encoding) {
    return search(this, value, offset, encoding, false);
  },

  includes(value, offset, encoding) {
    return search(this, value, offset, encoding, true) !== -1;
  },

  fill(value, offset, end, encoding) {
    if (typeof value === "string") {
      if (offset === undefined || typeof offset === "string") {
        encoding = offset;
        offset = end = undefined;
      } else if (typeof end === "string") {
        encoding = end;
        end = undefined;
      }
      if (encoding !== undefined && encoding !== null && typeof encoding !== "string") {
        throw argumentType("encoding", "string", encoding);
      }
      const found = encodingOf(encoding);
      if (value.length === 0) value = 0;
      else if (value.length === 1 && found === UTF8 && value.charCodeAt(0) < 128) value = value.charCodeAt(0);
      else {
        const text = value;
        value = encodings.encode(text, found);
        if (value.length === 0) throw argumentValue("value", text);
      }
    } else if (typeof value === "boolean") value = +value;
    if (offset === undefined) {
      offset = 0;
      end = this.length;
    } else {
      checkInteger(offset, "offset", 0);
      if (end === undefined) end = this.length;
      else checkInteger(end, "end", 0, this.length);
      if (offset >= end) return this;
    }
    if (!isBytes(value)) {
      typedFill.call(this, value & 255, offset, end);
      return this;
    }
    if (value.length === 0) throw argumentValue("value", value);
    for (let at = offset; at < end; at += value.length) {
      typedSet.call(this, at + value.length > end ? typedSubarray.call(value, 0, end - at) : value, at);
    }
    return this;
  },

  copy(target, targetStart, sourceStart, sourceEnd) {
    if (!isBytes(target)) throw argumentType("target", ["Buffer", "Uint8Array"], target);
    const whole = (value, name, fallback, max) => {
      if (value === undefined) return fallback;
      value = Math.trunc(+value) || 0;
      if (value < 0 || value > max) throw outOfRange(name, max === Infinity ? ">= 0" : `>= 0 && <= ${max}`, value);
      return value;
    };
    const to = whole(targetStart, "targetStart", 0, Infinity);
    const from = whole(sourceStart, "sourceStart", 0, this.length);
    const end = Math.min(whole(sourceEnd, "sourceEnd", this.length, Infinity), this.length);
    if (to >= target.length || from >= end) return 0;
    const count = Math.min(end - from, target.length - to);
    typedSet.call(target, typedSubarray.call(this, from, from + count), to);
    return count;
  },

  slice(start, end) {
    return this.subarray(start, end);
  },

  subarray(start, end) {
    const from = clamp(start, this.length, 0);
    const to = clamp(end, this.length, this.length);
    return new FastBuffer(this.buffer, this.byteOffset + from, Math.max(0, to - from));
  },

  swap16() {
    return swap(this, 2);
  },
  swap32() {
    return swap(this, 4);
  },
  swap64() {
    return swap(this, 8);
  },

  [customInspect](depth, options) {
    const max = module.INSPECT_MAX_BYTES;
    let text = encodings.decode(this, encodings.HEX, 0, Math.min(max, this.length)).replace(/(.{2})/g, "$1 ").trim();
    const hidden = this.length - max;
    if (hidden > 0) text += ` ... ${hidden} more byte${hidden > 1 ? "s" : ""}`;
    const extra = Object.keys(this).filter((key) => !/^\d+$/.test(key));
    if (extra.length > 0) {
      const shown = Object.fromEntries(extra.map((key) => [key, this[key]]));
      const inside = inspected().inspect(shown, { ...options, breakLength: Infinity, compact: true });
      text += `${this.length > 0 ? ", " : ""}${inside.slice(2, -2)}`;
    }
    const name = this.constructor?.name ?? "Buffer";
    return `<${name} ${text}>`;
  },
};
methods.toLocaleString = methods.toString;
methods.inspect = methods[customInspect];

for (const [name, encoding] of Object.entries({ utf8: UTF8, latin1: 4, ascii: 5, hex: 1, base64: 2, base64url: 3, ucs2: 6 })) {
  methods[`${name}Slice`] = function (start = 0, end = this.length) {
    return encodings.decode(this, encoding, clamp(start, this.length, 0), clamp(end, this.length, this.length));
  };
  methods[`${name}Write`] = function (text, offset = 0, length = this.length - offset) {
    return writeText(this, text, offset, Math.min(length, this.length - offset), encoding);
  };
}

for (const all of [methods, numbers]) {
  for (const key of Reflect.ownKeys(all)) FastBuffer.prototype[key] = all[key];
}
for (const [key, source] of [["parent", "buffer"], ["offset", "byteOffset"]]) {
  Object.defineProperty(FastBuffer.prototype, key, {
    enumerable: true,
    get() {
      return this instanceof Buffer ? this[source] : undefined;
    },
  });
}

function SlowBuffer(size) {
  return Buffer.alloc(+size);
}
Object.setPrototypeOf(SlowBuffer, Uint8Array);
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);

function transcode(source, from, to) {
  if (!isBytes(source)) throw argumentType("source", ["Buffer", "Uint8Array"], source);
  const [decoding, encoding] = [encodings.find(from), encodings.find(to)];
  const allowed = (one) => one === UTF8 || one === UTF16 || one === encodings.LATIN1 || one === encodings.ASCII;
  if (!allowed(decoding) || !allowed(encoding)) {
    const error = plain("U_ILLEGAL_ARGUMENT_ERROR", "Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]");
    error.errno = 1;
    throw error;
  }
  const text = encodings.decode(source, decoding, 0, source.length);
  const max = encoding === encodings.ASCII ? 127 : encoding === encodings.LATIN1 ? 255 : Infinity;
  return fromString(max === Infinity ? text : text.replace(/[\s\S]/gu, (c) => c.codePointAt(0) > max ? "?" : c), to);
}

function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isMemory(value)) return new Uint8Array(value);
  throw argumentType("input", ["ArrayBuffer", "Buffer", "TypedArray"], value);
}

function isUtf8(value) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(value));
    return true;
  } catch (error) {
    if (error?.code === "ERR_INVALID_ARG_TYPE") throw error;
    return false;
  }
}

const module = {
  Buffer,
  SlowBuffer,
  transcode,
  isUtf8,
  isAscii: (value) => bytesOf(value).every((byte) => byte < 128),
  kMaxLength: K_MAX_LENGTH,
  kStringMaxLength: K_STRING_MAX_LENGTH,
  btoa: globalThis.btoa,
  atob: globalThis.atob,
  constants: { MAX_LENGTH: K_MAX_LENGTH, MAX_STRING_LENGTH: K_STRING_MAX_LENGTH },
  INSPECT_MAX_BYTES: 50,
  Blob: globalThis.Blob,
  resolveObjectURL(id) {
    checkString(id, "id");
    return undefined;
  },
  File: globalThis.File,
};

export default module;
