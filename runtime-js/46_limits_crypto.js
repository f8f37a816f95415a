// Key derivation and key pairs: what one may cost, and how many there are at once.

(function () {
const { core } = __bootstrap;
const { apply, defineProperty, limits, NativeRangeError, ownKeys, replace } = core.loadExtScript("ext:portico/41_limits_kit.js");
const NativePromise = Promise;

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

return { limitCrypto };
})();
