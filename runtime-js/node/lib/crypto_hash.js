// Hash and Hmac.

import { ops } from "./host.js";
import { checkString, plain, type } from "./errors.js";
import { bytesOf, result } from "./bytes.js";
import { secretBytes } from "./crypto_keys.js";

const { op_node_hash, op_node_hash_copy, op_node_hash_digest, op_node_hash_new, op_node_hash_update, op_node_hash_update_text } = ops;

export const HASHES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-256", "sha3-256", "sha3-384", "sha3-512"];

const ALIASES = { __proto__: null, "sha-1": "sha1", "sha-224": "sha224", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512", "sha512/256": "sha512-256" };

// The host's name of a digest: `RSA-SHA256`, `SHA-256` and `sha256` are one.
export function digestName(name) {
  const lower = name.toLowerCase();
  const short = lower.startsWith("rsa-") ? lower.slice(4) : lower.endsWith("withrsaencryption") ? lower.slice(0, -17) : lower;
  return ALIASES[short] ?? short;
}

function unsupported() {
  const error = new Error("Digest method not supported");
  error.code = "ERR_CRYPTO_INVALID_DIGEST";
  return error;
}

const make = Symbol("make");

class Base {
  #hasher;
  #finished = false;

  constructor(hasher) {
    this.#hasher = hasher;
  }

  update(data, encoding) {
    if (this.#finished) throw plain("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    const plainText = typeof data === "string" && (encoding === undefined || encoding === "utf8" || encoding === "utf-8");
    if (plainText) op_node_hash_update_text(this.#hasher, data);
    else op_node_hash_update(this.#hasher, bytesOf(data, "data", encoding, ["string", "Buffer", "TypedArray", "DataView"]));
    return this;
  }

  digest(encoding) {
    const again = this.finishedAgain(encoding, this.#finished);
    if (again !== undefined) return again;
    this.#finished = true;
    return result(op_node_hash_digest(this.#hasher), encoding);
  }

  finishedAgain(encoding, finished) {
    if (finished) throw plain("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    return undefined;
  }

  copy() {
    if (this.#finished) throw plain("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    return new this.constructor(make, op_node_hash_copy(this.#hasher));
  }

  // The least of a stream that `pipe` needs.
  write(data, encoding, callback) {
    this.update(data, typeof encoding === "string" && encoding !== "buffer" ? encoding : undefined);
    if (typeof callback === "function") callback();
    return true;
  }
}

export class Hash extends Base {
  constructor(algorithm, options) {
    if (algorithm === make) {
      super(options);
      return;
    }
    checkString(algorithm, "algorithm");
    const name = digestName(algorithm);
    if (!HASHES.includes(name)) throw unsupported();
    super(op_node_hash_new(name, null));
  }
}

export class Hmac extends Base {
  constructor(algorithm, key) {
    if (algorithm === make) {
      super(key);
      return;
    }
    checkString(algorithm, "hmac");
    const bytes = secretBytes(key, "key");
    const name = digestName(algorithm);
    if (!HASHES.includes(name) || name.startsWith("sha3-") || name === "sha512-256") {
      throw type("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
    }
    super(op_node_hash_new(name, bytes));
  }

  // A second digest of an HMAC is empty, as in Node.
  finishedAgain(encoding, finished) {
    return finished ? result(new Uint8Array(0), encoding) : undefined;
  }
}
delete Hmac.prototype.copy;

function checkHash(name) {
  const short = digestName(name);
  if (!HASHES.includes(short)) throw unsupported();
  return short;
}

export function createHash(algorithm, options) {
  return new Hash(algorithm, options);
}

export function createHmac(algorithm, key, options) {
  return new Hmac(algorithm, key, options);
}

export function hash(algorithm, data, encoding = "hex") {
  checkString(algorithm, "algorithm");
  return result(op_node_hash(checkHash(algorithm), bytesOf(data, "input")), encoding);
}

