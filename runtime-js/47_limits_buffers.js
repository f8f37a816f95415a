// Buffers that can grow.

(function () {
const { core } = __bootstrap;
const { construct, defineProperty, holds, limits, mathTrunc, NativeTypeError, replace, tooLarge } = core.loadExtScript(
  "ext:portico/41_limits_kit.js",
);
const NativeArrayBuffer = ArrayBuffer;

// What a mapping counts at least: a process has tens of thousands of them, whatever their size, and making one holds up the others.
const MAPPING_BYTES_MIN = 65536;

// A buffer that can grow is mapped by V8 at its greatest length, past the allocator that counts all others.
function limitBuffers() {
  function ArrayBuffer(length, options = undefined) {
    if (new.target === undefined) throw new NativeTypeError("Constructor ArrayBuffer requires 'new'");
    const target = new.target === ArrayBuffer ? NativeArrayBuffer : new.target;
    if (typeof options !== "object" || options === null) return construct(NativeArrayBuffer, [length], target);
    const max = options.maxByteLength;
    if (max === undefined) return construct(NativeArrayBuffer, [length], target);
    const maxByteLength = mathTrunc(+max);
    if (maxByteLength > limits.memoryBytes) throw tooLarge();
    const buffer = construct(NativeArrayBuffer, [length, { maxByteLength }], target);
    holds(buffer, maxByteLength < MAPPING_BYTES_MIN ? MAPPING_BYTES_MIN : maxByteLength);
    return buffer;
  }
  const { prototype, isView } = NativeArrayBuffer;
  const species = Object.getOwnPropertyDescriptor(NativeArrayBuffer, Symbol.species);
  defineProperty(ArrayBuffer, "length", { value: 1, configurable: true });
  defineProperty(ArrayBuffer, "prototype", { value: prototype, writable: false });
  defineProperty(ArrayBuffer, "isView", { value: isView, writable: true, configurable: true });
  defineProperty(ArrayBuffer, Symbol.species, species);
  defineProperty(prototype, "constructor", { value: ArrayBuffer, writable: true, configurable: true });
  replace(globalThis, "ArrayBuffer", ArrayBuffer);
}

return { limitBuffers };
})();
