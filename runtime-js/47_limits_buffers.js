// Memory that V8 maps itself: buffers that can grow, and memories of WebAssembly.

(function () {
const { core } = __bootstrap;
const { apply, construct, defineProperty, holds, limits, mathTrunc, NativeTypeError, replace, tooLarge } = core.loadExtScript(
  "ext:portico/41_limits_kit.js",
);
const NativeArrayBuffer = ArrayBuffer;
const WASM_PAGE_BYTES = 65536;

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
    holds(buffer, maxByteLength);
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

// A memory grows to its maximum at most; every memory has one here. Counted in full from the start, since its own code makes it grow.
function limitWasmMemory() {
  const NativeMemory = WebAssembly.Memory;
  function Memory(descriptor) {
    if (new.target === undefined) throw new NativeTypeError("WebAssembly.Memory must be invoked with 'new'");
    if (typeof descriptor !== "object" || descriptor === null) return construct(NativeMemory, arguments, NativeMemory);
    // Each is read and converted once, in the order of the standard.
    const initial = pageCount(descriptor.initial);
    const { maximum } = descriptor;
    const asked = maximum === undefined ? undefined : pageCount(maximum);
    // A clock of any precision, for which there is no second thread.
    if (descriptor.shared) throw new NativeTypeError("Shared memory is not supported");
    if (asked < initial) return construct(NativeMemory, [{ initial, maximum: asked }], NativeMemory);
    const pages = mathTrunc(limits.memoryBytes / WASM_PAGE_BYTES);
    if (initial > pages) throw tooLarge();
    const most = asked === undefined || asked > pages ? pages : asked;
    const target = new.target === Memory ? NativeMemory : new.target;
    const memory = construct(NativeMemory, [{ initial, maximum: most }], target);
    holds(memory, initial * WASM_PAGE_BYTES);
    return memory;
  }
  // `[EnforceRange] unsigned long` (Web IDL 3.2.4.9).
  function pageCount(value) {
    const count = mathTrunc(+value);
    if (!(count >= 0 && count <= 0xffff_ffff)) throw new NativeTypeError("A number of pages is from 0 to 2 ** 32 - 1");
    return count;
  }
  const { prototype } = NativeMemory;
  const { grow } = prototype;
  const limited = {
    grow(delta) {
      const before = apply(grow, this, [delta]);
      holds(this, +delta * WASM_PAGE_BYTES);
      return before;
    },
  };
  replace(prototype, "grow", limited.grow);
  defineProperty(Memory, "length", { value: 1, configurable: true });
  defineProperty(Memory, "prototype", { value: prototype, writable: false });
  replace(prototype, "constructor", Memory);
  replace(WebAssembly, "Memory", Memory);
}

return { limitBuffers, limitWasmMemory };
})();
