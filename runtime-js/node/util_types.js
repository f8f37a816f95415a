// node:util/types.

import { core } from "./lib/host.js";

const names = [
  "AnyArrayBuffer", "ArgumentsObject", "ArrayBuffer", "AsyncFunction", "BigIntObject", "BooleanObject", "BoxedPrimitive", "DataView",
  "Date", "GeneratorFunction", "GeneratorObject", "Map", "MapIterator", "ModuleNamespaceObject", "NativeError", "NumberObject",
  "Promise", "Proxy", "RegExp", "Set", "SetIterator", "SharedArrayBuffer", "StringObject", "SymbolObject", "WeakMap", "WeakSet",
];

const types = {};
for (const name of names) {
  const test = core[`is${name}`];
  types[`is${name}`] = { [`is${name}`]: (value) => test(value) }[`is${name}`];
}

const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
for (
  const name of [
    "Uint8Array", "Uint8ClampedArray", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array", "Float32Array",
    "Float64Array", "BigInt64Array", "BigUint64Array",
  ]
) {
  types[`is${name}`] = { [`is${name}`]: (value) => tag.call(value) === name }[`is${name}`];
}

Object.assign(types, {
  isExternal: () => false,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isTypedArray: (value) => tag.call(value) !== undefined,
  isKeyObject: (value) => __builtin("crypto").KeyObject !== undefined && value instanceof __builtin("crypto").KeyObject,
  isCryptoKey: (value) => value instanceof CryptoKey,
  isEventTarget: (value) => value instanceof EventTarget,
});

export default types;
