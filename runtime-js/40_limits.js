// Limits that are kept where something is asked for: fetches of a request, timers, key derivation, memory of the host's own.
//
// Loaded before the scripts of the web platform, which take their operations from `core.ops` as they load: what is put there first is
// what they use. `wrapGlobals` is called once, while the snapshot is made; `begin` in every isolate, before code of
// the function runs. Limits of an isolate are not in the snapshot.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const { AsyncVariable, getAsyncContext, setAsyncContext } = core;
const {
  op_blob_clone_part,
  op_blob_create_object_url,
  op_blob_create_part,
  op_blob_from_object_url,
  op_blob_remove_part,
  op_blob_revoke_object_url,
  op_blob_slice_part,
  op_compression_finish,
  op_compression_new,
  op_compression_write,
  op_now,
  op_portico_external,
  op_portico_fetch,
  op_portico_fetch_send,
  op_portico_limits,
  op_time_origin,
} = ops;

const { apply, construct, defineProperty, ownKeys } = Reflect;
const { call } = Function.prototype;
const uncurry = call.bind.bind(call);
const NativeMap = Map;
const NativePromise = Promise;
const NativeRangeError = RangeError;
const NativeTypeError = TypeError;
const NativeUint8Array = Uint8Array;
const NativeUint32Array = Uint32Array;
const NativeArrayBuffer = ArrayBuffer;
const mapGet = uncurry(Map.prototype.get);
const mapHas = uncurry(Map.prototype.has);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const mapSize = uncurry(Object.getOwnPropertyDescriptor(Map.prototype, "size").get);
const promiseThen = uncurry(Promise.prototype.then);
const typedSet = uncurry(Uint8Array.prototype.set);
const typedSubarray = uncurry(Uint8Array.prototype.subarray);
const typedPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedBuffer = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "buffer").get);
const typedByteLength = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "byteLength").get);
const typedByteOffset = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, "byteOffset").get);
const typedTag = uncurry(Object.getOwnPropertyDescriptor(typedPrototype, Symbol.toStringTag).get);
const dateNow = Date.now;
const mathTrunc = Math.trunc;

// The most of everything, until `begin` knows better: nothing runs before it but the runtime itself.
let limits = { subrequests: 0, timers: 0, kdfIterations: 0, memoryBytes: 2 ** 26, eval: true };
let currentRequest;

// === Fetch ===

// When the fetch began of which the running code is a part: redirects share its time.
const fetchBegan = new AsyncVariable();
const outsideOfRequests = { subrequests: 0 };

function countSubrequest() {
  const request = currentRequest.get() ?? outsideOfRequests;
  if (request.subrequests >= limits.subrequests) {
    throw new NativeTypeError("fetch failed: the request has made too many requests");
  }
  request.subrequests++;
}

// Bodies of requests on their way, by the number of their request: copies, which JavaScript can neither see nor let go of.
const sending = new NativeMap();

ops.op_fetch = (method, url, headers, _client, hasBody, data, stream) => {
  countSubrequest();
  const began = fetchBegan.get();
  const elapsed = began === undefined ? 0 : dateNow() - began;
  const prepared = op_portico_fetch(method, url, headers, hasBody, data, stream, elapsed);
  if (data !== null && data !== undefined) {
    const bytes = typedByteLength(data);
    op_portico_external(bytes);
    mapSet(sending, prepared.requestRid, bytes);
  }
  return prepared;
};

ops.op_fetch_send = (rid) => {
  const answer = op_portico_fetch_send(rid);
  const bytes = mapGet(sending, rid);
  if (bytes !== undefined) {
    const sent = () => {
      mapDelete(sending, rid);
      op_portico_external(-bytes);
    };
    promiseThen(answer, sent, sent);
  }
  return answer;
};

delete ops.op_fetch_custom_client;

function limitFetch() {
  const { fetch } = globalThis;
  const limited = {
    fetch(input, init = undefined) {
      const context = getAsyncContext();
      fetchBegan.enter(dateNow());
      try {
        return apply(fetch, undefined, arguments);
      } finally {
        setAsyncContext(context);
      }
    },
  };
  globalThis.fetch = limited.fetch;
}

// === Blobs ===

// What each part holds. Slices and copies share their memory and are counted in full: which of them goes last is not known.
const parts = new NativeMap();
const objectUrls = new NativeMap();

// An entry in the tables of both sides.
const PART_BYTES = 256;

function addPart(id, bytes) {
  mapSet(parts, id, bytes);
  op_portico_external(bytes + PART_BYTES);
  return id;
}

ops.op_blob_create_part = (data) => addPart(op_blob_create_part(data), typedByteLength(data));
ops.op_blob_slice_part = (id, options) => addPart(op_blob_slice_part(id, options), options.len);
ops.op_blob_clone_part = (id) => {
  const part = op_blob_clone_part(id);
  addPart(part.uuid, part.size);
  return part;
};
ops.op_blob_from_object_url = (url) => {
  const blob = op_blob_from_object_url(url);
  if (blob !== null && blob !== undefined) {
    for (let i = 0; i < blob.parts.length; i++) addPart(blob.parts[i].uuid, blob.parts[i].size);
  }
  return blob;
};
ops.op_blob_remove_part = (id) => {
  const bytes = mapGet(parts, id);
  if (bytes !== undefined) {
    mapDelete(parts, id);
    op_portico_external(-bytes - PART_BYTES);
  }
  op_blob_remove_part(id);
};
ops.op_blob_create_object_url = (type, ids) => {
  const url = op_blob_create_object_url(type, ids);
  let bytes = PART_BYTES + type.length;
  for (let i = 0; i < ids.length; i++) bytes += mapGet(parts, ids[i]) ?? 0;
  mapSet(objectUrls, url, bytes);
  op_portico_external(bytes);
  return url;
};
ops.op_blob_revoke_object_url = (url) => {
  op_blob_revoke_object_url(url);
  const bytes = mapGet(objectUrls, url);
  if (bytes !== undefined) {
    mapDelete(objectUrls, url);
    op_portico_external(-bytes);
  }
};

// === Compression ===

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
const registryRegister = uncurry(FinalizationRegistry.prototype.register);
const registryUnregister = uncurry(FinalizationRegistry.prototype.unregister);
let lostCompressors;

ops.op_compression_new = (format, isDecoder) => {
  const compressor = op_compression_new(format, isDecoder);
  const bytes = COMPRESSOR_BYTES[format] ?? COMPRESSOR_BYTES_OTHER;
  const piece = !isDecoder ? Infinity : format === "brotli" ? PIECE_BYTES_BROTLI : PIECE_BYTES;
  compressorSet(compressors, compressor, { bytes, piece });
  // Made per isolate: a snapshot cannot hold one that is in use.
  lostCompressors ??= new FinalizationRegistry((bytes) => op_portico_external(-bytes));
  registryRegister(lostCompressors, compressor, bytes, compressor);
  op_portico_external(bytes);
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
    registryUnregister(lostCompressors, compressor);
    op_portico_external(-held.bytes);
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

// === Clocks ===

// As coarse as browsers' for pages that are not isolated from others: finer clocks are what one reads a neighbour's caches with.
const CLOCK_NANOSECONDS = 100_000;

function coarse(read) {
  return (bytes) => {
    read(bytes);
    const words = new NativeUint32Array(typedBuffer(bytes), typedByteOffset(bytes), 2);
    words[1] -= words[1] % CLOCK_NANOSECONDS;
  };
}

ops.op_now = coarse(op_now);
ops.op_time_origin = coarse(op_time_origin);

// === Timers ===

const timers = new NativeMap();

function limitTimers() {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const set = (native, callback, delay, args, once) => {
    // Code from a string is what `eval` is, which has its own switch; deno_web never runs it.
    if (typeof callback !== "function") {
      throw new NativeTypeError("The callback of a timer must be a function");
    }
    if (mapSize(timers) >= limits.timers) {
      throw new NativeRangeError("Too many timers are set");
    }
    const id = native(
      function () {
        if (once) mapDelete(timers, id);
        return apply(callback, globalThis, args);
      },
      delay,
    );
    mapSet(timers, id, true);
    return id;
  };
  const limited = {
    setTimeout(callback, delay = 0, ...args) {
      return set(setTimeout, callback, delay, args, true);
    },
    setInterval(callback, delay = 0, ...args) {
      return set(setInterval, callback, delay, args, false);
    },
    clearTimeout(id = 0) {
      mapDelete(timers, mathTrunc(id));
      clearTimeout(id);
    },
    clearInterval(id = 0) {
      mapDelete(timers, mathTrunc(id));
      clearInterval(id);
    },
  };
  for (const name of ownKeys(limited)) replace(globalThis, name, limited[name]);
}

function replace(object, name, value) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) return;
  descriptor.value = value;
  defineProperty(object, name, descriptor);
}

// === Key derivation and key pairs ===

const RSA_MODULUS_BITS_MAX = 4096;
const KDF_BYTES_MAX = 1 << 20;

// Operations that run beside the isolate's thread, and cannot be stopped there.
const COSTLY_AT_ONCE_MAX = 2;

const ALGORITHM_MEMBERS = [
  "name",
  "hash",
  "salt",
  "info",
  "iterations",
  "memory",
  "passes",
  "parallelism",
  "version",
  "nonce",
  "secretValue",
  "associatedData",
  "public",
  "length",
  "namedCurve",
  "modulusLength",
  "publicExponent",
];

// A copy of an algorithm, read once: a getter could answer the host differently than it answered the limit.
function checkedAlgorithm(algorithm) {
  if ((typeof algorithm !== "object" && typeof algorithm !== "function") || algorithm === null) return algorithm;
  const copy = {};
  for (let i = 0; i < ALGORITHM_MEMBERS.length; i++) {
    const name = ALGORITHM_MEMBERS[i];
    const value = algorithm[name];
    if (value !== undefined) {
      const isNumber = name === "iterations" || name === "modulusLength" || name === "memory" || name === "passes";
      copy[name] = isNumber ? +value : value;
    }
  }
  if (copy.iterations > limits.kdfIterations) {
    throw new NativeRangeError(`More than ${limits.kdfIterations} iterations are not allowed`);
  }
  if (copy.modulusLength > RSA_MODULUS_BITS_MAX) {
    throw new NativeRangeError(`RSA keys of more than ${RSA_MODULUS_BITS_MAX} bits are not allowed`);
  }
  // Argon2: KiB of memory, and how often it is filled.
  if (copy.memory * 1024 > limits.memoryBytes || copy.memory * copy.passes > limits.kdfIterations * 8) {
    throw new NativeRangeError("The cost of the key derivation is not allowed");
  }
  return copy;
}

let costly = 0;
const waiting = [];

async function oneOfFew(work) {
  if (costly >= COSTLY_AT_ONCE_MAX) {
    await new NativePromise((resolve) => {
      waiting[waiting.length] = resolve;
    });
  }
  costly++;
  try {
    return await work();
  } finally {
    costly--;
    if (waiting.length > 0) {
      const next = waiting[0];
      for (let i = 1; i < waiting.length; i++) waiting[i - 1] = waiting[i];
      waiting.length--;
      next();
    }
  }
}

function limitCrypto() {
  const { prototype } = globalThis.SubtleCrypto;
  const { deriveBits, deriveKey, generateKey } = prototype;
  // `async`, so that what is wrong rejects, as in any of these.
  const limited = {
    async deriveBits(algorithm, baseKey, length = null) {
      const subtle = this;
      const checked = checkedAlgorithm(algorithm);
      if (length > KDF_BYTES_MAX * 8) throw new NativeRangeError("So many derived bits are not allowed");
      return await oneOfFew(() => apply(deriveBits, subtle, [checked, baseKey, length]));
    },
    async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
      const subtle = this;
      const checked = checkedAlgorithm(algorithm);
      return await oneOfFew(() => apply(deriveKey, subtle, [checked, baseKey, derivedKeyType, extractable, keyUsages]));
    },
    async generateKey(algorithm, extractable, keyUsages) {
      const subtle = this;
      const checked = checkedAlgorithm(algorithm);
      return await oneOfFew(() => apply(generateKey, subtle, [checked, extractable, keyUsages]));
    },
  };
  defineProperty(limited.deriveBits, "length", { value: 2, configurable: true });
  for (const name of ownKeys(limited)) replace(prototype, name, limited[name]);
}

// === Memory that V8 maps itself ===

const WASM_PAGE_BYTES = 65536;
const WASM_OBJECTS_MAX = 64;

function tooLarge() {
  return new NativeRangeError("The memory of the function does not suffice");
}

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
    growing ??= new FinalizationRegistry((bytes) => op_portico_external(-bytes));
    registryRegister(growing, buffer, maxByteLength);
    op_portico_external(maxByteLength);
    return buffer;
  }
  let growing;
  const { prototype, isView } = NativeArrayBuffer;
  const species = Object.getOwnPropertyDescriptor(NativeArrayBuffer, Symbol.species);
  defineProperty(ArrayBuffer, "length", { value: 1, configurable: true });
  defineProperty(ArrayBuffer, "prototype", { value: prototype, writable: false });
  defineProperty(ArrayBuffer, "isView", { value: isView, writable: true, configurable: true });
  defineProperty(ArrayBuffer, Symbol.species, species);
  defineProperty(prototype, "constructor", { value: ArrayBuffer, writable: true, configurable: true });
  replace(globalThis, "ArrayBuffer", ArrayBuffer);
}

return {
  // Puts the limited functions in the place of the others; once, when all of them are there.
  wrapGlobals() {
    limitFetch();
    limitTimers();
    limitCrypto();
  },

  // Learns the limits of this function. `request` answers which request the running code belongs to.
  begin(request) {
    limits = op_portico_limits();
    currentRequest = request;
  },
};
})();
