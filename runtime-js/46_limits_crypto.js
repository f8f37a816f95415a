// What one call of WebCrypto may cost, and how much of it there is at once.
//
// The host runs these calls beside the isolate's thread, where nothing can stop them, on copies of what they are given, which nobody
// counts. So what costs much is judged before it begins, and what is too much at once waits here, where it ends with the isolate.

(function () {
const { core } = __bootstrap;
const {
  apply,
  defineProperty,
  limits,
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
} = core.loadExtScript("ext:portico/41_limits_kit.js");
const { getPrototypeOf } = Object;
const NativePromise = Promise;
const mathCeil = Math.ceil;
const promiseReject = Promise.reject.bind(Promise);
const stringify = String;
const toUpperCase = uncurry(String.prototype.toUpperCase);
const bufferByteLength = uncurry(Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get);
const bufferSlice = uncurry(ArrayBuffer.prototype.slice);
const viewBuffer = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "buffer").get);
const viewByteLength = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteLength").get);
const viewByteOffset = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteOffset").get);

// === Bytes ===

// The length of a buffer or a view of one; 0 for anything else, which the call itself refuses.
function lengthOf(value) {
  if (typeof value !== "object" || value === null) return 0;
  if (typedTag(value) !== undefined) return typedByteLength(value);
  if (core.isDataView(value)) return viewByteLength(value);
  return core.isArrayBuffer(value) ? bufferByteLength(value) : 0;
}

function copyOf(value) {
  if (typeof value !== "object" || value === null) return value;
  let view;
  if (typedTag(value) !== undefined) view = [typedBuffer(value), typedByteOffset(value), typedByteLength(value)];
  else if (core.isDataView(value)) view = [viewBuffer(value), viewByteOffset(value), viewByteLength(value)];
  else if (core.isArrayBuffer(value)) view = [value, 0, bufferByteLength(value)];
  else return value;
  return new NativeUint8Array(bufferSlice(view[0], view[1], view[1] + view[2]));
}

// === Algorithms ===

const NUMBERS = ["iterations", "length", "memory", "modulusLength", "outputLength", "parallelism", "passes", "saltLength"];
const OTHERS = [
  "additionalData",
  "associatedData",
  "context",
  "counter",
  "customization",
  "domainSeparation",
  "functionName",
  "info",
  "iv",
  "label",
  "namedCurve",
  "nonce",
  "public",
  "publicExponent",
  "salt",
  "secretValue",
  "tagLength",
  "version",
];

// Names of digests and how many bytes they make.
const DIGEST_BYTES = {
  __proto__: null,
  "SHA-1": 20,
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
  "SHA3-256": 32,
  "SHA3-384": 48,
  "SHA3-512": 64,
};

// One that is not known, the call itself refuses.
function digestBytes(name) {
  return DIGEST_BYTES[toUpperCase(name ?? "")] ?? DIGEST_BYTES["SHA-1"];
}

// The host takes numbers modulo 2 ** 32, so that -1 would be four thousand million (Web IDL 3.2.4.9 refuses it).
function wholeNumber(value, name) {
  const number = +value;
  if (!(number > -1 && number < 2 ** 32)) throw new NativeTypeError(`'${name}' is out of range`);
  return number >>> 0;
}

function nameOf(value) {
  if (value === undefined) return undefined;
  return stringify(typeof value === "object" && value !== null ? value.name : value);
}

// A copy of an algorithm, read once: a getter could answer the host differently than it answered the limit.
function copyOfAlgorithm(algorithm) {
  if ((typeof algorithm !== "object" && typeof algorithm !== "function") || algorithm === null) return algorithm;
  const copy = { __proto__: null };
  const { name, hash } = algorithm;
  if (name !== undefined) copy.name = stringify(name);
  if (hash !== undefined) copy.hash = nameOf(hash);
  for (let i = 0; i < NUMBERS.length; i++) {
    const value = algorithm[NUMBERS[i]];
    if (value === undefined) continue;
    copy[NUMBERS[i]] = value === null ? null : wholeNumber(value, NUMBERS[i]);
  }
  for (let i = 0; i < OTHERS.length; i++) {
    const value = algorithm[OTHERS[i]];
    if (value !== undefined) copy[OTHERS[i]] = value;
  }
  return copy;
}

// Whether it is one of our copies: nothing else that a call takes has no prototype.
function isAlgorithm(value) {
  return typeof value === "object" && value !== null && getPrototypeOf(value) === null;
}

function copyBytesOf(algorithm) {
  for (let i = 0; i < OTHERS.length; i++) {
    const value = algorithm[OTHERS[i]];
    if (value !== undefined) algorithm[OTHERS[i]] = copyOf(value);
  }
}

function copyArguments(args) {
  for (let i = 0; i < args.length; i++) {
    if (isAlgorithm(args[i])) copyBytesOf(args[i]);
    else args[i] = copyOf(args[i]);
  }
}

function checkBits(bits) {
  if (bits > limits.cryptoOutputBytes * 8) {
    throw new NativeRangeError(`More than ${limits.cryptoOutputBytes} bytes from one call are not allowed`);
  }
}

// `bits` is how long the result is to be.
function checkDerivation(algorithm, bits) {
  checkBits(bits);
  const iterations = algorithm?.iterations;
  if (iterations > limits.kdfIterations) {
    throw new NativeRangeError(`More than ${limits.kdfIterations} iterations are not allowed`);
  }
  // Each block of the result costs all iterations again (RFC 8018, 5.2).
  const blocks = mathCeil(bits / (digestBytes(algorithm?.hash) * 8));
  if (iterations * blocks > limits.kdfIterations) {
    throw new NativeRangeError(`More than ${limits.kdfIterations} iterations over all blocks of the key are not allowed`);
  }
  // Argon2: KiB of memory, and how often it is filled.
  if (algorithm?.memory * 1024 > limits.memoryBytes || algorithm?.memory * algorithm?.passes > limits.kdfIterations * 8) {
    throw new NativeRangeError("The cost of the key derivation is not allowed");
  }
}

// Bits of a key that is made from derived ones: one for HMAC is as long as a block of its digest when nothing else is said.
function bitsOfKey(algorithm) {
  return algorithm?.length ?? (digestBytes(algorithm?.hash) > 32 ? 1024 : 512);
}

// === How much at once ===

// Lets so many run; the others wait, the first of them goes first.
function makeGate(most) {
  let running = 0;
  let first;
  let last;
  return {
    // Whether one more may run. If so, it does.
    enter() {
      if (running >= most()) return false;
      running++;
      return true;
    },
    // Settles when its turn has come.
    wait: () =>
      new NativePromise((go) => {
        const one = { go, next: undefined };
        if (first === undefined) first = one;
        else last.next = one;
        last = one;
      }),
    leave() {
      if (first === undefined) {
        running--;
        return;
      }
      // Its place goes to the next.
      const { go } = first;
      first = first.next;
      go();
    },
  };
}

const costly = makeGate(() => limits.cryptoCostlyAtOnce);
const ordinary = makeGate(() => limits.cryptoAtOnce);

// Bytes that calls under way have copies of. Of those there may be as much as of everything else that an isolate may hold outside
// of its heap until it is ended (src/functions/limits/memory.rs).
let held = 0;

function run(gate, method, subtle, args, bytes) {
  if (held + bytes > limits.memoryBytes * 2) throw tooLarge();
  const runsNow = gate.enter();
  // A call works on what its arguments are now: a nonce that is written to again must not be used twice.
  if (!runsNow) copyArguments(args);
  held += bytes;
  const leave = () => {
    held -= bytes;
    gate.leave();
  };
  const start = () => {
    let result;
    try {
      result = apply(method, subtle, args);
    } catch (error) {
      leave();
      throw error;
    }
    return promiseThen(
      result,
      (value) => {
        leave();
        return value;
      },
      (error) => {
        leave();
        throw error;
      },
    );
  };
  return runsNow ? start() : promiseThen(gate.wait(), start);
}

// === The methods ===

function checkKeyGeneration(algorithm) {
  if (algorithm?.modulusLength > limits.rsaModulusBits) {
    throw new NativeRangeError(`RSA keys of more than ${limits.rsaModulusBits} bits are not allowed`);
  }
  checkBits(algorithm?.length);
}

// How many arguments each method asks for (Web Cryptography API).
const LENGTHS = {
  __proto__: null,
  decrypt: 3,
  deriveBits: 2,
  deriveKey: 5,
  digest: 2,
  encrypt: 3,
  exportKey: 2,
  generateKey: 3,
  sign: 3,
  unwrapKey: 7,
  verify: 4,
  wrapKey: 4,
};

function limitCrypto() {
  const { prototype } = globalThis.SubtleCrypto;
  // A method whose first argument is an algorithm and whose others may be bytes.
  const make = (name, gate, check) => {
    const { [name]: method } = prototype;
    const limited = {
      [name](...args) {
        try {
          args[0] = copyOfAlgorithm(args[0]);
          let bytes = check === undefined ? 0 : check(args[0], args) ?? 0;
          for (let i = 1; i < args.length; i++) bytes += lengthOf(args[i]);
          return run(gate, method, this, args, bytes);
        } catch (error) {
          // Whatever is wrong rejects, as in any of these.
          return promiseReject(error);
        }
      },
    };
    defineProperty(limited[name], "length", { value: LENGTHS[name] ?? method.length, configurable: true });
    replace(prototype, name, limited[name]);
  };
  const checkOutput = (algorithm) => checkBits(algorithm?.outputLength);
  make("digest", ordinary, checkOutput);
  make("encrypt", ordinary);
  make("decrypt", ordinary);
  make("sign", ordinary, checkOutput);
  make("verify", ordinary, checkOutput);
  make("exportKey", ordinary);
  const copyLaterOnes = (_, args) => {
    for (let i = 3; i < args.length && i < 5; i++) args[i] = copyOfAlgorithm(args[i]);
  };
  make("wrapKey", ordinary, copyLaterOnes);
  make("unwrapKey", ordinary, copyLaterOnes);
  for (const name of ["encapsulateBits", "encapsulateKey", "decapsulateBits", "decapsulateKey"]) {
    if (prototype[name] !== undefined) make(name, ordinary);
  }
  make("generateKey", costly, checkKeyGeneration);
  make("deriveBits", costly, (algorithm, args) => {
    const bits = args[2];
    if (bits !== undefined && bits !== null) args[2] = wholeNumber(bits, "length");
    checkDerivation(algorithm, args[2] ?? 0);
    return algorithm?.memory * 1024 || 0;
  });
  make("deriveKey", costly, (algorithm, args) => {
    const derived = args[2] = copyOfAlgorithm(args[2]);
    checkDerivation(algorithm, bitsOfKey(derived));
    return algorithm?.memory * 1024 || 0;
  });
}

return { limitCrypto };
})();
