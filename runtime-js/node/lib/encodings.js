// The encodings of Buffer: their names, how long a text is in them, from text to bytes and back.

import { core, ops } from "./host.js";
import { plain, range, type } from "./errors.js";

const { op_node_text_decode, op_node_text_encode } = ops;

// As the host numbers them.
export const UTF8 = 0, HEX = 1, BASE64 = 2, BASE64URL = 3, LATIN1 = 4, ASCII = 5, UTF16 = 6;

const NAMES = {
  __proto__: null,
  utf8: UTF8,
  "utf-8": UTF8,
  hex: HEX,
  base64: BASE64,
  base64url: BASE64URL,
  latin1: LATIN1,
  binary: LATIN1,
  ascii: ASCII,
  ucs2: UTF16,
  "ucs-2": UTF16,
  utf16le: UTF16,
  "utf-16le": UTF16,
};

// Far more than a function has memory for. V8 ends the process, not the function, over some strings that are too long.
export const TEXT_LENGTH_MAX = 2 ** 26;

// The encoding of a name, or undefined.
export function find(name) {
  const encoding = NAMES[name];
  return encoding !== undefined || typeof name !== "string" ? encoding : NAMES[name.toLowerCase()];
}

export function byteLength(text, encoding) {
  switch (encoding) {
    case UTF8:
      return core.byteLength(text);
    case HEX:
      return text.length >>> 1;
    case BASE64:
    case BASE64URL: {
      let length = text.length;
      if (length > 0 && text.charCodeAt(length - 1) === 61) length--;
      if (length > 1 && text.charCodeAt(length - 1) === 61) length--;
      return Math.floor((length * 3) / 4);
    }
    case UTF16:
      return text.length * 2;
    default:
      return text.length;
  }
}

// A Uint8Array of its own memory.
export function encode(text, encoding) {
  const { length } = text;
  if (length > TEXT_LENGTH_MAX) throw range("ERR_OUT_OF_RANGE", "The text is too long");
  if (encoding <= BASE64URL) {
    const room = byteLength(text, encoding);
    const bytes = new Uint8Array(room);
    const count = op_node_text_encode(text, encoding, bytes);
    return count === room ? bytes : bytes.subarray(0, count);
  }
  if (encoding === UTF16) {
    const bytes = new Uint8Array(length * 2);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      bytes[2 * i] = unit;
      bytes[2 * i + 1] = unit >>> 8;
    }
    return bytes;
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function decode(bytes, encoding, start, end) {
  const growth = encoding === HEX ? 2 : 1.4;
  if ((end - start) * growth > TEXT_LENGTH_MAX) {
    throw plain("ERR_STRING_TOO_LONG", `Cannot create a string longer than 0x${TEXT_LENGTH_MAX.toString(16)} characters`);
  }
  if (encoding === UTF16) {
    let text = "";
    for (let at = start; at + 1 < end;) {
      const units = [];
      for (; at + 1 < end && units.length < 4096; at += 2) units[units.length] = bytes[at] | (bytes[at + 1] << 8);
      text += String.fromCharCode(...units);
    }
    return text;
  }
  return start >= end ? "" : op_node_text_decode(bytes, encoding, start, end);
}

export function unknownEncoding(name) {
  return type("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${String(name)}`);
}
