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
  op_message_port_post_message,
  op_message_port_post_message_raw,
  op_message_port_recv_message,
  op_message_port_recv_message_sync,
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

// === Messages ===

// Bytes on their way between ports. Those to a port that is closed stay counted: nobody else pays for them.
let queued = 0;

// The entry of a message in its queue.
const MESSAGE_BYTES = 256;

function sizeOfMessage(message) {
  if (message === null || message === undefined) return 0;
  if (typedTag(message) !== "Uint8Array") message = message.data;
  return MESSAGE_BYTES + (typedTag(message) === "Uint8Array" ? typedByteLength(message) : 0);
}

function queue(message) {
  const bytes = sizeOfMessage(message);
  if (queued + bytes > limits.memoryBytes) throw tooLarge();
  queued += bytes;
}

function received(message) {
  queued -= sizeOfMessage(message);
  return message;
}

ops.op_message_port_post_message = (port, message) => {
  queue(message);
  return op_message_port_post_message(port, message);
};
ops.op_message_port_post_message_raw = (port, message) => {
  queue(message);
  return op_message_port_post_message_raw(port, message);
};
// The promise itself is handed on: its owner may take back its hold on the event loop by it.
ops.op_message_port_recv_message = (port) => {
  const message = op_message_port_recv_message(port);
  promiseThen(message, received, () => {});
  return message;
};
ops.op_message_port_recv_message_sync = (port) => received(op_message_port_recv_message_sync(port));

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
    registryUnregister(released, compressor);
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

let released;

// Counts what an object maps as long as it lives.
function holds(object, bytes) {
  // Made per isolate: a snapshot cannot hold one that is in use.
  released ??= new FinalizationRegistry((bytes) => op_portico_external(-bytes));
  registryRegister(released, object, bytes, object);
  op_portico_external(bytes);
}

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

// === Strings ===

// Longer ones do not fit into any heap; put together from the same piece they cost nothing, until a method walks through them and
// does not look for its end.
const WALKED_LENGTH_MAX = 2 ** 26;

// Some of these end the process with such a string: an array of as many matches is more than V8 makes. (Methods of `RegExp.prototype` do so too, and
// stay as they are: V8's fast paths need them untouched.)
function limitStrings() {
  const { prototype } = String;
  const stringify = String;
  const check = (text) => {
    if (text === undefined || text === null) return text;
    const string = typeof text === "string" ? text : stringify(text);
    if (string.length > WALKED_LENGTH_MAX) throw new NativeRangeError("The string is too long");
    return string;
  };
  const match = uncurry(prototype.match);
  const matchAll = uncurry(prototype.matchAll);
  const normalize = uncurry(prototype.normalize);
  const replaceFirst = uncurry(prototype.replace);
  const replaceAll = uncurry(prototype.replaceAll);
  const limited = {
    match(pattern) {
      return match(check(this), pattern);
    },
    matchAll(pattern) {
      return matchAll(check(this), pattern);
    },
    normalize(form = undefined) {
      return normalize(check(this), form);
    },
    replace(pattern, replacement) {
      return replaceFirst(check(this), pattern, replacement);
    },
    replaceAll(pattern, replacement) {
      return replaceAll(check(this), pattern, replacement);
    },
  };
  for (const name of ownKeys(limited)) replace(prototype, name, limited[name]);
}

return {
  // Puts the limited functions in the place of the others; once, when all of them are there.
  wrapGlobals() {
    limitFetch();
    limitTimers();
    limitCrypto();
    limitBuffers();
    limitStrings();
  },

  // Learns the limits of this function. `request` answers which request the running code belongs to.
  begin(request) {
    limits = op_portico_limits();
    currentRequest = request;
    // V8 makes this object anew in each isolate.
    limitWasmMemory();
  },
};
})();
