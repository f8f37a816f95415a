// node:string_decoder: bytes to text, piece by piece, with whole characters only.

import { Buffer } from "node:buffer";
import { argumentType, type } from "./lib/errors.js";
import * as encodings from "./lib/encodings.js";

const NAMES = ["utf8", "hex", "base64", "base64url", "latin1", "ascii", "utf16le"];

// How many bytes at the end belong to a character that is not complete.
function incompleteUtf8(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf8 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

function incompleteUtf16(bytes) {
  if (bytes.length % 2 === 1) return 1;
  // The first half of a pair waits for the second.
  const last = bytes[bytes.length - 1];
  return last >= 0xd8 && last <= 0xdb ? 2 : 0;
}

function incomplete(encoding, bytes) {
  switch (encoding) {
    case encodings.UTF8:
      return incompleteUtf8(bytes);
    case encodings.UTF16:
      return incompleteUtf16(bytes);
    case encodings.BASE64:
    case encodings.BASE64URL:
      return bytes.length % 3;
    default:
      return 0;
  }
}

const kEncoding = Symbol("encoding");
const kPending = Symbol("pending");

function StringDecoder(encoding) {
  const found = encoding === undefined || encoding === null || encoding === "" ? encodings.UTF8 : encodings.find(encoding);
  if (found === undefined) throw type("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${String(encoding)}`);
  this.encoding = NAMES[found];
  for (const [key, value] of [[kEncoding, found], [kPending, Buffer.alloc(0)]]) {
    Object.defineProperty(this, key, { value, writable: true });
  }
}

StringDecoder.prototype.write = function write(chunk) {
  if (typeof chunk === "string") return chunk;
  if (!ArrayBuffer.isView(chunk)) throw argumentType("buf", ["Buffer", "TypedArray", "DataView"], chunk);
  const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  // Half a unit is completed and given out by itself, even if it is the first of a pair: the text is the same.
  if (this[kEncoding] === encodings.UTF16 && this[kPending].length === 1 && added.length > 0) {
    const unit = encodings.decode(Buffer.from([this[kPending][0], added[0]]), encodings.UTF16, 0, 2);
    this[kPending] = Buffer.alloc(0);
    return unit + this.write(added.subarray(1));
  }
  const bytes = this[kPending].length > 0 ? Buffer.concat([this[kPending], added]) : added;
  const end = bytes.length - incomplete(this[kEncoding], bytes);
  this[kPending] = end < bytes.length ? Buffer.from(bytes.subarray(end)) : Buffer.alloc(0);
  return encodings.decode(bytes, this[kEncoding], 0, end);
};

StringDecoder.prototype.end = function end(chunk) {
  const text = chunk === undefined ? "" : this.write(chunk);
  const rest = this[kPending];
  this[kPending] = Buffer.alloc(0);
  return text + encodings.decode(rest, this[kEncoding], 0, rest.length);
};

StringDecoder.prototype.text = function text(bytes, offset) {
  this[kPending] = Buffer.alloc(0);
  return this.write(bytes.slice(offset));
};

Object.defineProperties(StringDecoder.prototype, {
  lastChar: { configurable: true, enumerable: true, get() { return this[kPending]; } },
  lastNeed: { configurable: true, enumerable: true, get() { return 0; } },
  lastTotal: { configurable: true, enumerable: true, get() { return this[kPending].length; } },
});

export default { StringDecoder };
