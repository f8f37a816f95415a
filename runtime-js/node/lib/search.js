// Comparing bytes and finding some among others, as the methods of Buffer do.

import { argumentType } from "./errors.js";
import { encode, find, unknownEncoding, UTF16, UTF8 } from "./encodings.js";

const { indexOf, lastIndexOf } = Object.getPrototypeOf(Uint8Array.prototype);

export function isBytes(value) {
  return value instanceof Uint8Array;
}

// Which of the two comes first: -1, 0 or 1.
export function order(one, other) {
  if (one === other) return 0;
  const common = Math.min(one.length, other.length);
  for (let i = 0; i < common; i++) {
    if (one[i] !== other[i]) return one[i] < other[i] ? -1 : 1;
  }
  return one.length < other.length ? -1 : one.length > other.length ? 1 : 0;
}

function findBytes(bytes, wanted, offset, forward, step) {
  const last = bytes.length - wanted.length;
  if (wanted.length === 0) return forward ? Math.min(offset, bytes.length) : Math.min(offset, bytes.length);
  if (step === 2 && (bytes.length < 2 || wanted.length < 2)) return -1;
  const matches = (at) => {
    for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
    return true;
  };
  if (forward) {
    const first = wanted[0];
    for (let at = offset; at <= last; at += step) {
      if (step === 1) {
        at = indexOf.call(bytes, first, at);
        if (at === -1 || at > last) return -1;
      }
      if (matches(at)) return at;
    }
  } else {
    for (let at = Math.min(offset, last); at >= 0; at -= step) if (matches(at)) return at;
  }
  return -1;
}

// Where `value` begins in `bytes`, from `offset` on; -1 if nowhere.
export function search(bytes, value, offset, encoding, forward) {
  if (typeof offset === "string") {
    encoding = offset;
    offset = undefined;
  } else if (offset > 0x7fffffff) offset = 0x7fffffff;
  else if (offset < -0x80000000) offset = -0x80000000;
  offset = +offset;
  if (Number.isNaN(offset)) offset = forward ? 0 : bytes.length;
  offset = Math.trunc(offset);
  if (offset < 0) offset += bytes.length;
  if (offset < 0) {
    if (!forward) return -1;
    offset = 0;
  }
  if (typeof value === "number") {
    value &= 255;
    if (forward) return indexOf.call(bytes, value, offset);
    return bytes.length === 0 ? -1 : lastIndexOf.call(bytes, value, offset);
  }
  let step = 1;
  if (typeof value === "string") {
    const found = encoding === undefined ? UTF8 : find(encoding);
    if (found === undefined) throw unknownEncoding(encoding);
    if (found === UTF16) step = 2;
    value = encode(value, found);
  } else if (!isBytes(value)) {
    throw argumentType("value", ["number", "string", "Buffer", "Uint8Array"], value);
  } else if (find(encoding) === UTF16) step = 2;
  if (forward && offset > bytes.length) return value.length === 0 ? bytes.length : -1;
  return findBytes(bytes, value, offset, forward, step);
}
