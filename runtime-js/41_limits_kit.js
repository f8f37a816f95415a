// What the limits share: built-ins as they were before any code of the function ran, the limits of this isolate, and the count of
// what the host holds for an object.

(function () {
const { core } = __bootstrap;
const { op_portico_external } = core.ops;

const { apply, construct, defineProperty, ownKeys } = Reflect;
const { assign } = Object;
const { call } = Function.prototype;
const uncurry = call.bind.bind(call);
const NativeMap = Map;
const NativeRangeError = RangeError;
const NativeTypeError = TypeError;
const NativeUint8Array = Uint8Array;
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const promiseThen = uncurry(Promise.prototype.then);
const typedPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedBuffer = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "buffer").get);
const typedByteLength = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "byteLength").get);
const typedByteOffset = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "byteOffset").get);
const typedTag = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, Symbol.toStringTag).get);
const mathTrunc = Math.trunc;
const registryRegister = uncurry(FinalizationRegistry.prototype.register);
const registryUnregister = uncurry(FinalizationRegistry.prototype.unregister);

// The most of everything, until `learn` knows better: nothing runs before it but the runtime itself.
const limits = {
  subrequests: 0,
  timers: 0,
  kdfIterations: 0,
  rsaModulusBits: 0,
  cryptoOutputBytes: 0,
  cryptoAtOnce: 1,
  cryptoCostlyAtOnce: 1,
  performanceEntries: 1,
  memoryBytes: 2 ** 26,
  eval: true,
};

function learn(own) {
  assign(limits, own);
}

let released;

// Counts what an object maps as long as it lives.
function holds(object, bytes) {
  // Made per isolate: a snapshot cannot hold one that is in use.
  released ??= new FinalizationRegistry((bytes) => op_portico_external(-bytes));
  registryRegister(released, object, bytes, object);
  op_portico_external(bytes);
}

// Gives back early what `holds` counted.
function letsGo(object, bytes) {
  registryUnregister(released, object);
  op_portico_external(-bytes);
}

function tooLarge() {
  return new NativeRangeError("The memory of the function does not suffice");
}

// Puts another value in the place of a property, which stays as it was otherwise.
function replace(object, name, value) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) return;
  descriptor.value = value;
  defineProperty(object, name, descriptor);
}

return {
  apply,
  construct,
  defineProperty,
  holds,
  learn,
  letsGo,
  limits,
  mapDelete,
  mapGet,
  mapSet,
  mathTrunc,
  NativeMap,
  NativeRangeError,
  NativeTypeError,
  NativeUint8Array,
  ownKeys,
  promiseThen,
  replace,
  tooLarge,
  typedBuffer,
  typedByteLength,
  typedByteOffset,
  typedTag,
  uncurry,
};
})();
