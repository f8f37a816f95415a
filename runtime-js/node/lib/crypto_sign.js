// Signing and verifying.

import { ops } from "./host.js";
import { argumentValue, checkString, plain, type } from "./errors.js";
import { Buffer } from "node:buffer";
import { BYTES, bytesOf, result } from "./bytes.js";
import { signingKey, verifyingKey } from "./crypto_keys.js";
import { digestName, HASHES } from "./crypto_hash.js";

const { op_node_sign, op_node_verify } = ops;

export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_X931_PADDING: 5,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
  POINT_CONVERSION_COMPRESSED: 2,
  POINT_CONVERSION_UNCOMPRESSED: 4,
  POINT_CONVERSION_HYBRID: 6,
  defaultCipherList: "",
  TLS1_2_VERSION: 771,
  TLS1_3_VERSION: 772,
};

function parameters(kind, digest, options) {
  const { padding, saltLength, dsaEncoding } = options;
  if (dsaEncoding !== undefined && dsaEncoding !== "der" && dsaEncoding !== "ieee-p1363") {
    throw argumentValue("options.dsaEncoding", dsaEncoding);
  }
  if (saltLength !== undefined && typeof saltLength !== "number") throw argumentValue("options.saltLength", saltLength);
  const pss = kind === "rsa" && padding === constants.RSA_PKCS1_PSS_PADDING;
  if (kind === "rsa" && padding !== undefined && !pss && padding !== constants.RSA_PKCS1_PADDING) {
    throw argumentValue("options.padding", padding);
  }
  if (digest !== "" && !HASHES.includes(digest)) throw type("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  return [pss, saltLength ?? constants.RSA_PSS_SALTLEN_MAX_SIGN, kind === "ec" && dsaEncoding === "ieee-p1363"];
}

// Without a name, RSA and ECDSA take SHA-256, as OpenSSL does.
function digestFor(kind, algorithm) {
  if (kind === "ed25519") return "";
  return algorithm === null || algorithm === undefined ? "sha256" : digestName(algorithm);
}

function failed(error) {
  const wrapped = plain("ERR_CRYPTO_OPERATION_FAILED", error.message);
  return wrapped;
}

function signWith(algorithm, data, input) {
  const { key, kind, options } = signingKey(input);
  const digest = digestFor(kind, algorithm);
  const [pss, salt, fixed] = parameters(kind, digest, options);
  try {
    return op_node_sign(key, digest, data, pss, salt, fixed);
  } catch (error) {
    throw failed(error);
  }
}

function verifyWith(algorithm, data, input, signature) {
  const { key, kind, options } = verifyingKey(input);
  const digest = digestFor(kind, algorithm);
  const [pss, salt, fixed] = parameters(kind, digest, options);
  try {
    return op_node_verify(key, digest, data, signature, pss, salt, fixed);
  } catch (error) {
    throw failed(error);
  }
}

class Collected {
  #algorithm;
  #parts = [];

  constructor(algorithm) {
    checkString(algorithm, "algorithm");
    if (!HASHES.includes(digestName(algorithm))) throw type("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
    this.#algorithm = algorithm;
  }

  update(data, encoding) {
    // The caller may change its bytes before the end.
    this.#parts.push(Buffer.from(bytesOf(data, "data", encoding, ["string", "Buffer", "TypedArray", "DataView"])));
    return this;
  }

  write(data) {
    this.update(data);
    return true;
  }

  end(data) {
    if (data !== undefined) this.update(data);
    return this;
  }

  static taken(collected) {
    return [collected.#algorithm, Buffer.concat(collected.#parts)];
  }
}
const { taken } = Collected;
delete Collected.taken;

export class Sign extends Collected {
  sign(key, encoding) {
    if (!key) throw plain("ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
    const [algorithm, data] = taken(this);
    return result(signWith(algorithm, data, key), encoding);
  }
}

export class Verify extends Collected {
  verify(key, signature, encoding) {
    const [algorithm, data] = taken(this);
    return verifyWith(algorithm, data, key, bytesOf(signature, "signature", encoding));
  }
}

export const createSign = (algorithm, options) => new Sign(algorithm, options);
export const createVerify = (algorithm, options) => new Verify(algorithm, options);

function later(callback, action) {
  let value;
  try {
    value = action();
  } catch (error) {
    queueMicrotask(() => callback(error));
    return;
  }
  __builtin("process").nextTick(callback, null, value);
}

const VIEWS = BYTES.slice(1);

export function sign(algorithm, data, key, callback) {
  if (algorithm !== null && algorithm !== undefined) checkString(algorithm, "algorithm");
  const bytes = bytesOf(typeof data === "string" ? undefined : data, "data", undefined, VIEWS);
  if (!key) throw plain("ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
  const action = () => result(signWith(algorithm, bytes, key));
  return typeof callback === "function" ? later(callback, action) : action();
}

export function verify(algorithm, data, key, signature, callback) {
  if (algorithm !== null && algorithm !== undefined) checkString(algorithm, "algorithm");
  const bytes = bytesOf(typeof data === "string" ? undefined : data, "data", undefined, VIEWS);
  const signed = bytesOf(typeof signature === "string" ? undefined : signature, "signature", undefined, VIEWS);
  const action = () => verifyWith(algorithm, bytes, key, signed);
  return typeof callback === "function" ? later(callback, action) : action();
}
