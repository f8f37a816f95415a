// node:crypto: what packages use of it, over native operations that do not wait (WebCrypto's do).

import { core, ops } from "./lib/host.js";
import { argumentType, checkFunction, checkInteger, checkString, notSupported, outOfRange, range, type } from "./lib/errors.js";
import { bytesOf, result, viewOf } from "./lib/bytes.js";
import { Buffer } from "node:buffer";
import { createHash, createHmac, digestName, Hash, hash, HASHES, Hmac } from "./lib/crypto_hash.js";
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  generateKeySync,
  KeyObject,
  secretBytes,
} from "./lib/crypto_keys.js";
import { constants, createSign, createVerify, Sign, sign, Verify, verify } from "./lib/crypto_sign.js";
import { Cipheriv, CIPHERS, createCipheriv, createDecipheriv, Decipheriv, getCipherInfo } from "./lib/crypto_cipher.js";

const { op_node_equal, op_node_hkdf, op_node_pbkdf2, op_node_random_fill, op_node_scrypt } = ops;
const webcrypto = core.loadExtScript("ext:deno_crypto/00_crypto.js").crypto;
const promisified = Symbol.for("nodejs.util.promisify.custom");

// The work is done at once; only the answer comes later.
function answered(callback, action) {
  checkFunction(callback, "callback");
  later(callback, null, action());
}

function later(callback, error, value) {
  __builtin("process").nextTick(callback, error, value);
}

// === Random numbers ===

function randomBytes(size, callback) {
  if (typeof size !== "number") throw argumentType("size", "number", size);
  if (!(size >= 0 && size <= 0x7fffffff)) throw outOfRange("size", ">= 0 && <= 2147483647", size);
  if (callback !== undefined) checkFunction(callback, "callback");
  const bytes = Buffer.alloc(Math.floor(size));
  op_node_random_fill(bytes);
  return callback === undefined ? bytes : answered(callback, () => bytes);
}

function part(buffer, offset = 0, size = undefined) {
  const bytes = viewOf(buffer);
  if (bytes === undefined) throw argumentType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  const unit = buffer.BYTES_PER_ELEMENT ?? 1;
  const start = offset * unit;
  if (typeof offset !== "number") throw argumentType("offset", "number", offset);
  if (!(start >= 0 && start <= bytes.byteLength)) throw outOfRange("offset", `>= 0 && <= ${bytes.byteLength}`, offset);
  const length = size === undefined ? bytes.byteLength - start : size * unit;
  if (!(length >= 0 && start + length <= bytes.byteLength)) throw outOfRange("size + offset", `<= ${bytes.byteLength}`, start + length);
  return bytes.subarray(start, start + length);
}

function randomFillSync(buffer, offset, size) {
  op_node_random_fill(part(buffer, offset, size));
  return buffer;
}

function randomFill(buffer, offset, size, callback) {
  const done = [offset, size, callback].find((one) => typeof one === "function");
  checkFunction(done, "callback");
  const number = (value) => typeof value === "number" ? value : undefined;
  answered(done, () => randomFillSync(buffer, number(offset), number(size)));
}

function randomInt(min, max, callback) {
  if (max === undefined || typeof max === "function") {
    callback = max;
    max = min;
    min = 0;
  }
  for (const [name, value] of [["min", min], ["max", max]]) {
    if (!Number.isSafeInteger(value)) {
      const error = argumentType(name, "x", value);
      error.message = error.message.replace("an instance of x", "a safe integer");
      throw error;
    }
  }
  if (max <= min) throw outOfRange("max", `greater than the value of "min" (${min})`, max);
  const span = max - min;
  if (span > 2 ** 48 - 1) throw outOfRange(min === 0 ? "max" : "max - min", `<= ${2 ** 48 - 1}`, span);
  const limit = 2 ** 48 - (2 ** 48 % span);
  const bytes = Buffer.alloc(6);
  let value;
  do {
    op_node_random_fill(bytes);
    value = bytes.readUIntBE(0, 6);
  } while (value >= limit);
  value = (value % span) + min;
  return typeof callback === "function" ? later(callback, undefined, value) : value;
}

function randomUUID(options) {
  if (options !== undefined && (options === null || typeof options !== "object")) throw argumentType("options", "Object", options);
  const bytes = Buffer.alloc(16);
  op_node_random_fill(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function timingSafeEqual(one, other) {
  const [a, b] = [one, other].map((value, i) => {
    const bytes = viewOf(value);
    if (bytes !== undefined) return bytes;
    throw type("ERR_INVALID_ARG_TYPE", `The "buf${i + 1}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
  });
  if (a.byteLength !== b.byteLength) {
    throw range("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  }
  return op_node_equal(a, b);
}

// === Keys from passwords and keys ===

function pbkdf2Sync(password, salt, iterations, length, digest) {
  if (digest === null || digest === undefined || typeof digest !== "string") throw argumentType("digest", "string", digest);
  const secret = bytesOf(password, "password");
  const salted = bytesOf(salt, "salt");
  checkInteger(iterations, "iterations", 1, 2 ** 31 - 1);
  checkInteger(length, "keylen", 0, 2 ** 31 - 1);
  const name = digestName(digest);
  if (!["sha1", "sha256", "sha384", "sha512"].includes(name)) throw type("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  const key = Buffer.alloc(length);
  op_node_pbkdf2(name, secret, salted, iterations, key);
  return key;
}

function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === "function") {
    callback = digest;
    digest = undefined;
  }
  answered(callback, () => pbkdf2Sync(password, salt, iterations, length, digest));
}

function hkdfSync(digest, key, salt, info, length) {
  checkString(digest, "digest");
  const secret = secretBytes(key, "ikm");
  const salted = bytesOf(salt, "salt");
  const context = bytesOf(info, "info");
  checkInteger(length, "length", 0, 2 ** 31 - 1);
  if (context.byteLength > 1024) throw outOfRange("info", "must not contain more than 1024 bytes", context.byteLength);
  const name = digestName(digest);
  if (!HASHES.includes(name)) throw type("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  if (length > 255 * 64) throw range("ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  const bytes = new Uint8Array(length);
  try {
    op_node_hkdf(name, secret, salted, context, bytes);
  } catch (error) {
    throw range("ERR_CRYPTO_INVALID_KEYLEN", error.message);
  }
  return bytes.buffer;
}

function hkdf(digest, key, salt, info, length, callback) {
  answered(callback, () => hkdfSync(digest, key, salt, info, length));
}

function scryptSync(password, salt, length, options = {}) {
  const secret = bytesOf(password, "password");
  const salted = bytesOf(salt, "salt");
  checkInteger(length, "keylen", 0, 2 ** 31 - 1);
  const N = options.N ?? options.cost ?? 16384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  const memory = options.maxmem ?? 32 * 1024 * 1024;
  if (N < 2 || (N & (N - 1)) !== 0) throw range("ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  if (128 * N * r > memory) {
    throw range("ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params: memory limit exceeded");
  }
  const key = Buffer.alloc(length);
  op_node_scrypt(secret, salted, Math.log2(N), r, p, key);
  return key;
}

function scrypt(password, salt, length, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = {};
  }
  answered(callback, () => scryptSync(password, salt, length, options));
}

// === The rest ===

function generateKeyPair(kind, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = {};
  }
  checkFunction(callback, "callback");
  const { publicKey, privateKey } = generateKeyPairSync(kind, options);
  __builtin("process").nextTick(callback, null, publicKey, privateKey);
}
generateKeyPair[promisified] = async (kind, options) => generateKeyPairSync(kind, options);
Object.defineProperty(generateKeyPair, promisified, { enumerable: false });

function generateKey(kind, options, callback) {
  answered(callback, () => generateKeySync(kind, options));
}

const crypto = {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  getCipherInfo,
  getCiphers: () => [...CIPHERS],
  getCurves: () => ["prime256v1", "secp256k1", "secp384r1", "secp521r1"],
  getHashes: () => [...HASHES],
  getFips: () => 0,
  getRandomValues: (array) => webcrypto.getRandomValues(array),
  hash,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  secureHeapUsed: () => undefined,
  sign,
  timingSafeEqual,
  verify,
  Cipheriv,
  Decipheriv,
  Hash,
  Hmac,
  KeyObject,
  Sign,
  Verify,
  constants,
  webcrypto,
  subtle: webcrypto.subtle,
};

for (
  const name of [
    "checkPrime", "checkPrimeSync", "createDiffieHellman", "createDiffieHellmanGroup", "createECDH", "diffieHellman", "generatePrime",
    "generatePrimeSync", "getDiffieHellman", "privateDecrypt", "privateEncrypt", "publicDecrypt", "publicEncrypt", "setEngine", "setFips",
    "Certificate", "DiffieHellman", "DiffieHellmanGroup", "ECDH", "X509Certificate",
  ]
) {
  crypto[name] = {
    [name]: function () {
      throw notSupported(`crypto.${name}`);
    },
  }[name];
}

export default crypto;
