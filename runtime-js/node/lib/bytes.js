// What node:crypto takes for bytes, and gives for them.

import { Buffer } from "node:buffer";
import { argumentType } from "./errors.js";

export const BYTES = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];

export function over(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// The memory of a view or an array buffer, not copied.
export function viewOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return undefined;
}

export function bytesOf(value, name, encoding, expected = BYTES) {
  if (typeof value === "string") return Buffer.from(value, encoding === "buffer" ? "utf8" : encoding ?? "utf8");
  const bytes = viewOf(value);
  if (bytes === undefined) throw argumentType(name, expected, value);
  return bytes;
}

// In the encoding asked for; a Buffer if none was. The bytes come from the host: the copy is counted as the function's memory.
export function result(bytes, encoding) {
  const buffer = Buffer.from(bytes);
  return encoding === undefined || encoding === null || encoding === "buffer" ? buffer : buffer.toString(encoding);
}
