// What compressors hold, and what decompressors may make of a chunk.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const { op_compression_finish, op_compression_new, op_compression_write } = ops;
const {
  holds,
  letsGo,
  limits,
  NativeRangeError,
  NativeUint8Array,
  typedBuffer,
  typedByteLength,
  typedByteOffset,
  typedTag,
  uncurry,
} = core.loadExtScript("ext:portico/41_limits_kit.js");
const typedSet = uncurry(Uint8Array.prototype.set);
const typedSubarray = uncurry(Uint8Array.prototype.subarray);

// What a compressor holds itself: window and tables.
const COMPRESSOR_BYTES = { __proto__: null, brotli: 6 << 20 };
const COMPRESSOR_BYTES_OTHER = 300 << 10;

// Input is given to a decompressor in pieces whose output cannot be large: deflate makes at most 1032 bytes of one, a brotli
// command a few MiB.
const PIECE_BYTES = 4096;
const PIECE_BYTES_BROTLI = 32;

const compressors = new WeakMap();
const compressorGet = uncurry(WeakMap.prototype.get);
const compressorSet = uncurry(WeakMap.prototype.set);
const compressorDelete = uncurry(WeakMap.prototype.delete);

ops.op_compression_new = (format, isDecoder) => {
  const compressor = op_compression_new(format, isDecoder);
  const bytes = COMPRESSOR_BYTES[format] ?? COMPRESSOR_BYTES_OTHER;
  const piece = !isDecoder ? Infinity : format === "brotli" ? PIECE_BYTES_BROTLI : PIECE_BYTES;
  compressorSet(compressors, compressor, { bytes, piece });
  holds(compressor, bytes);
  return compressor;
};

ops.op_compression_write = (compressor, input) => {
  const piece = compressorGet(compressors, compressor)?.piece ?? Infinity;
  const bytes = bytesOf(input);
  const length = typedByteLength(bytes);
  if (length <= piece) return within(op_compression_write(compressor, bytes), 0);
  const outputs = [];
  let total = 0;
  for (let at = 0; at < length; at += piece) {
    const output = op_compression_write(compressor, typedSubarray(bytes, at, at + piece));
    const made = typedByteLength(output);
    if (made === 0) continue;
    within(output, total);
    total += made;
    outputs[outputs.length] = output;
  }
  if (outputs.length === 1) return outputs[0];
  const whole = new NativeUint8Array(total);
  for (let i = 0, at = 0; i < outputs.length; i++) {
    typedSet(whole, outputs[i], at);
    at += typedByteLength(outputs[i]);
  }
  return whole;
};

ops.op_compression_finish = (compressor, reportErrors) => {
  const held = compressorGet(compressors, compressor);
  if (held !== undefined) {
    compressorDelete(compressors, compressor);
    letsGo(compressor, held.bytes);
  }
  return op_compression_finish(compressor, reportErrors);
};

// The output of one chunk, unless all of it together is more than the function may hold anyway.
function within(output, before) {
  if (before + typedByteLength(output) > limits.memoryBytes) {
    throw new NativeRangeError("The decompressed data is larger than the memory of the function");
  }
  return output;
}

function bytesOf(input) {
  const tag = typedTag(input);
  if (tag === "Uint8Array") return input;
  if (tag !== undefined) return new NativeUint8Array(typedBuffer(input), typedByteOffset(input), typedByteLength(input));
  if (core.isDataView(input)) {
    return new NativeUint8Array(viewBuffer(input), viewByteOffset(input), viewByteLength(input));
  }
  return new NativeUint8Array(input);
}

const viewBuffer = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "buffer").get);
const viewByteLength = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteLength").get);
const viewByteOffset = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteOffset").get);

return {};
})();
