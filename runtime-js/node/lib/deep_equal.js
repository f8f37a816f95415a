// Deep equality as node:assert and util.isDeepStrictEqual have it.

import types from "node:util/types";

const { hasOwn, is, getPrototypeOf, keys } = Object;
const enumerable = Object.prototype.propertyIsEnumerable;

function same(one, other, strict) {
  if (strict) return is(one, other);
  return one == other || (one !== one && other !== other);
}

const tagOf = (value) => Object.prototype.toString.call(value);

function keysOf(value, strict) {
  const found = keys(value);
  if (!strict) return found;
  return found.concat(Object.getOwnPropertySymbols(value).filter((symbol) => enumerable.call(value, symbol)));
}

// Pairs that are being compared: a cycle is equal where the other has it too.
class Memory {
  ones = [];
  others = [];
  find(one, other) {
    for (let i = 0; i < this.ones.length; i++) {
      if (this.ones[i] === one || this.others[i] === other) return this.ones[i] === one && this.others[i] === other ? 1 : 0;
    }
    return -1;
  }
}

export function deepEqual(one, other, strict, memory = new Memory()) {
  if (one === other) return one !== 0 || !strict || is(one, other);
  const objects = (value) => value !== null && typeof value === "object";
  if (!objects(one) || !objects(other)) {
    if (objects(one) || objects(other) || typeof one === "function" || typeof other === "function") return false;
    return same(one, other, strict);
  }
  if (strict && getPrototypeOf(one) !== getPrototypeOf(other)) return false;
  if (tagOf(one) !== tagOf(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  if (!likeContents(one, other, strict)) return false;
  return structure(one, other, strict, memory);
}

// What is not in properties: numbers behind an object, dates, patterns, bytes, errors.
function likeContents(one, other, strict) {
  if (types.isDate(one)) return types.isDate(other) && is(Date.prototype.getTime.call(one), Date.prototype.getTime.call(other));
  if (types.isRegExp(one)) {
    return types.isRegExp(other) && one.source === other.source && one.flags === other.flags && one.lastIndex === other.lastIndex;
  }
  if (types.isNativeError(one) || one instanceof Error) {
    if (!(types.isNativeError(other) || other instanceof Error) || one.message !== other.message || one.name !== other.name) return false;
    return deepEqual(one.cause, other.cause, strict) && deepEqual(one.errors, other.errors, strict);
  }
  if (ArrayBuffer.isView(one)) {
    if (!ArrayBuffer.isView(other) || one.byteLength !== other.byteLength) return false;
    if (!strict && (types.isFloat32Array(one) || types.isFloat64Array(one))) {
      return one.every((value, i) => value === other[i]);
    }
    return equalBytes(one, other);
  }
  if (types.isAnyArrayBuffer(one)) {
    return types.isAnyArrayBuffer(other) && one.byteLength === other.byteLength && equalBytes(new Uint8Array(one), new Uint8Array(other));
  }
  if (types.isBoxedPrimitive(one)) {
    return types.isBoxedPrimitive(other) && tagOf(one) === tagOf(other) && is(one.valueOf(), other.valueOf());
  }
  if (types.isBoxedPrimitive(other)) return false;
  return !(types.isWeakMap(one) || types.isWeakSet(one) || types.isPromise(one));
}

function equalBytes(one, other) {
  const a = new Uint8Array(one.buffer, one.byteOffset, one.byteLength);
  const b = new Uint8Array(other.buffer, other.byteOffset, other.byteLength);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function structure(one, other, strict, memory) {
  if (Array.isArray(one) && one.length !== other.length) return false;
  if (types.isSet(one) !== types.isSet(other) || types.isMap(one) !== types.isMap(other)) return false;
  const view = ArrayBuffer.isView(one);
  const own = (value) => view ? keysOf(value, strict).filter((key) => typeof key === "symbol" || !/^\d+$/.test(key)) : keysOf(value, strict);
  const names = own(one);
  const otherNames = own(other);
  if (names.length !== otherNames.length || !names.every((key) => hasOwn(other, key) && enumerable.call(other, key))) return false;
  const seen = memory.find(one, other);
  if (seen >= 0) return seen === 1;
  memory.ones.push(one);
  memory.others.push(other);
  try {
    if (types.isSet(one) && !equalSets(one, other, strict, memory)) return false;
    if (types.isMap(one) && !equalMaps(one, other, strict, memory)) return false;
    return names.every((key) => deepEqual(one[key], other[key], strict, memory));
  } finally {
    memory.ones.pop();
    memory.others.pop();
  }
}

function equalSets(one, other, strict, memory) {
  if (one.size !== other.size) return false;
  const left = new Set();
  for (const value of other) if (!one.has(value)) left.add(value);
  for (const value of one) {
    if (other.has(value)) continue;
    if (strict && (typeof value !== "object" || value === null)) return false;
    let found = false;
    for (const candidate of left) {
      if (deepEqual(value, candidate, strict, memory)) {
        left.delete(candidate);
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return left.size === 0;
}

function equalMaps(one, other, strict, memory) {
  if (one.size !== other.size) return false;
  const left = new Set();
  for (const key of other.keys()) if (!one.has(key)) left.add(key);
  for (const [key, value] of one) {
    if (other.has(key)) {
      if (!deepEqual(value, other.get(key), strict, memory)) return false;
      continue;
    }
    if (strict && (typeof key !== "object" || key === null)) return false;
    let found = false;
    for (const candidate of left) {
      if (deepEqual(key, candidate, strict, memory) && deepEqual(value, other.get(candidate), strict, memory)) {
        left.delete(candidate);
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return left.size === 0;
}
