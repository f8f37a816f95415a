// KeyObject: keys as bytes, in the forms that the host writes (PKCS #8 for private ones, SPKI for public ones).

import { Buffer } from "node:buffer";
import { internals, ops } from "./host.js";
import { argumentType, argumentValue, notSupported, plain, type } from "./errors.js";
import { bytesOf, over, viewOf } from "./bytes.js";

const {
  op_node_equal,
  op_node_key_details,
  op_node_key_export,
  op_node_key_from_jwk,
  op_node_key_generate,
  op_node_key_private,
  op_node_key_public,
  op_node_key_public_of,
  op_node_key_to_jwk,
} = ops;

const { cryptoKeys } = internals.portico;
const { CryptoKey } = globalThis;
const make = Symbol("make");

export class KeyObject {
  #type;
  #bytes;
  #details;

  constructor(kind, bytes, token) {
    if (token !== make) {
      if (!["secret", "public", "private"].includes(kind)) throw argumentValue("type", kind);
      throw argumentType("handle", "object", bytes);
    }
    this.#type = kind;
    // A copy is counted as the function's memory.
    this.#bytes = new Uint8Array(bytes);
  }

  get type() {
    return this.#type;
  }

  get #described() {
    return this.#details ??= op_node_key_details(this.#bytes, this.#type === "private");
  }

  get asymmetricKeyType() {
    return this.#type === "secret" ? undefined : this.#described.kind;
  }

  get asymmetricKeyDetails() {
    if (this.#type === "secret") return undefined;
    const { modulusLength, publicExponent, namedCurve } = this.#described;
    if (modulusLength) return { modulusLength, publicExponent: BigInt(`0x${publicExponent}`) };
    return namedCurve ? { namedCurve } : {};
  }

  get symmetricKeySize() {
    return this.#type === "secret" ? this.#bytes.byteLength : undefined;
  }

  export(options) {
    if (options?.format === "jwk") {
      if (this.#type === "secret") return { kty: "oct", k: over(this.#bytes).toString("base64url") };
      return { ...op_node_key_to_jwk(this.#bytes, this.#type === "private") };
    }
    if (this.#type === "secret") return Buffer.from(this.#bytes);
    if (options === null || typeof options !== "object") throw argumentType("options", "Object", options);
    const { format, type: form, cipher } = options;
    if (cipher !== undefined) throw notSupported("Exporting an encrypted key");
    const isPrivate = this.#type === "private";
    const forms = isPrivate ? ["pkcs8", "pkcs1", "sec1"] : ["spki", "pkcs1"];
    if (!forms.includes(form)) throw argumentValue("options.type", form);
    const der = form === "pkcs8" || form === "spki" ? this.#bytes : op_node_key_export(this.#bytes, isPrivate, form);
    if (format === "der") return Buffer.from(der);
    if (format !== "pem") throw argumentValue("options.format", format);
    return toPem(der, LABELS[isPrivate ? form : `${form} public`]);
  }

  equals(other) {
    if (!(other instanceof KeyObject)) throw argumentType("otherKeyObject", "KeyObject", other);
    const bytes = other.#bytes;
    return this.#type === other.#type && bytes.byteLength === this.#bytes.byteLength && op_node_equal(bytes, this.#bytes);
  }

  // The same key for WebCrypto.
  toCryptoKey(algorithm, extractable, usages) {
    const format = { secret: "raw", private: "pkcs8", public: "spki" }[this.#type];
    return cryptoKeys.importKey(format, new Uint8Array(this.#bytes), algorithm, extractable, usages);
  }

  static from(key) {
    if (!(key instanceof CryptoKey)) throw argumentType("key", "CryptoKey", key);
    const { type: kind, data } = cryptoKeys.exportKey(key);
    return { secret: secretKey, private: privateKey, public: publicKey }[kind](data);
  }

  get [Symbol.toStringTag]() {
    return "KeyObject";
  }

  // For this folder's modules only; taken away below.
  static bytes(key) {
    return key.#bytes;
  }
}
const bytesOfKey = KeyObject.bytes;
delete KeyObject.bytes;

class SecretKeyObject extends KeyObject {}
class PublicKeyObject extends KeyObject {}
class PrivateKeyObject extends KeyObject {}

const secretKey = (bytes) => new SecretKeyObject("secret", bytes, make);
const publicKey = (bytes) => new PublicKeyObject("public", bytes, make);
const privateKey = (bytes) => new PrivateKeyObject("private", bytes, make);

const LABELS = {
  pkcs8: "PRIVATE KEY",
  pkcs1: "RSA PRIVATE KEY",
  sec1: "EC PRIVATE KEY",
  "spki public": "PUBLIC KEY",
  "pkcs1 public": "RSA PUBLIC KEY",
};

const PRIVATE_FORMS = { "PRIVATE KEY": "pkcs8", "RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "sec1" };
const PUBLIC_FORMS = { "PUBLIC KEY": "spki", "RSA PUBLIC KEY": "pkcs1", "CERTIFICATE": "certificate" };

function toPem(der, label) {
  const lines = over(der).toString("base64").match(/.{1,64}/g);
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function unreadable() {
  const error = new Error("error:1E08010C:DECODER routines::unsupported");
  error.code = "ERR_OSSL_UNSUPPORTED";
  error.library = "DECODER routines";
  error.reason = "unsupported";
  return error;
}

function fromPem(text) {
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)) {
    if (label === "EC PARAMETERS") continue;
    if (label === "ENCRYPTED PRIVATE KEY" || body.includes("Proc-Type:")) {
      throw type("ERR_MISSING_PASSPHRASE", "Passphrase required for encrypted key (encrypted keys are not supported in a function)");
    }
    return { label, der: Buffer.from(body, "base64") };
  }
  return undefined;
}

// Runs a native reader; what it cannot read has the code that OpenSSL would give.
function reading(read) {
  try {
    return read();
  } catch {
    throw unreadable();
  }
}

function jwkTexts(jwk) {
  if (jwk === null || typeof jwk !== "object") throw argumentType("key.key", "Object", jwk);
  const texts = {};
  for (const name of ["kty", "crv", "n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y"]) {
    if (jwk[name] !== undefined) {
      if (typeof jwk[name] !== "string") throw argumentType(`key.${name}`, "string", jwk[name]);
      texts[name] = jwk[name];
    }
  }
  return texts;
}

function fromJwk(jwk, isPrivate) {
  const texts = jwkTexts(jwk);
  if (!["RSA", "EC", "OKP"].includes(texts.kty)) throw argumentValue("key.kty", texts.kty, 'must be one of: \'RSA\', \'EC\', \'OKP\'');
  for (const name of { RSA: ["n", "e"], EC: ["crv", "x", "y"], OKP: ["crv", "x"] }[texts.kty].concat(isPrivate ? ["d"] : [])) {
    if (texts[name] === undefined) throw argumentType(`key.${name}`, "string", undefined);
  }
  try {
    return op_node_key_from_jwk(texts, isPrivate);
  } catch {
    throw plain("ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");
  }
}

// Text or bytes, PEM or DER, of a key; `isPrivate` says which kind is wanted.
function fromEncoded(data, options, isPrivate) {
  const given = typeof data === "string" ? data : viewOf(data);
  if (given === undefined) {
    throw argumentType("key", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView", "KeyObject", "CryptoKey"], data);
  }
  if (options.format === "der") {
    const bytes = bytesOf(data, "key.key", options.encoding);
    const form = options.type;
    if (form === undefined) throw argumentValue("options.type", form);
    if (isPrivate) return privateKey(reading(() => op_node_key_private(bytes, form)));
    if (form === "pkcs8" || form === "sec1") return publicKey(reading(() => op_node_key_public_of(op_node_key_private(bytes, form))));
    return publicKey(reading(() => op_node_key_public(bytes, form)));
  }
  const text = typeof given === "string" ? given : over(given).toString("latin1");
  const pem = fromPem(text);
  if (pem === undefined) throw unreadable();
  const privateForm = PRIVATE_FORMS[pem.label];
  if (isPrivate) {
    if (privateForm === undefined) throw unreadable();
    return privateKey(reading(() => op_node_key_private(pem.der, privateForm)));
  }
  if (privateForm !== undefined) return publicKey(reading(() => op_node_key_public_of(op_node_key_private(pem.der, privateForm))));
  const publicForm = PUBLIC_FORMS[pem.label];
  if (publicForm === undefined) throw unreadable();
  return publicKey(reading(() => op_node_key_public(pem.der, publicForm)));
}

function isEncoded(value) {
  return typeof value === "string" || viewOf(value) !== undefined;
}

export function createPublicKey(input) {
  if (input instanceof CryptoKey) input = KeyObject.from(input);
  if (input instanceof KeyObject) return publicOf(input);
  if (isEncoded(input)) return fromEncoded(input, {}, false);
  if (input === null || typeof input !== "object") {
    throw argumentType("key", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView", "KeyObject", "CryptoKey"], input);
  }
  if (input.format === "jwk") return publicKey(fromJwk(input.key, false));
  if (input.key instanceof KeyObject) return publicOf(input.key);
  return fromEncoded(input.key, input, false);
}

function publicOf(key) {
  if (key.type !== "private") {
    throw type("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected private.`);
  }
  return publicKey(op_node_key_public_of(bytesOfKey(key)));
}

export function createPrivateKey(input) {
  if (isEncoded(input)) return fromEncoded(input, {}, true);
  if (input === null || typeof input !== "object" || input instanceof KeyObject) {
    throw argumentType("key", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"], input);
  }
  if (input.format === "jwk") return privateKey(fromJwk(input.key, true));
  return fromEncoded(input.key, input, true);
}

export function createSecretKey(key, encoding) {
  return secretKey(bytesOf(key, "key", encoding));
}

// The bytes of a secret: of a KeyObject, or those given.
export function secretBytes(key, name) {
  if (key instanceof CryptoKey) key = KeyObject.from(key);
  if (key instanceof KeyObject) {
    if (key.type !== "secret") {
      throw type("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected secret.`);
    }
    return bytesOfKey(key);
  }
  return bytesOf(key, name, undefined, ["ArrayBuffer", "Buffer", "TypedArray", "DataView", "string", "KeyObject", "CryptoKey"]);
}

function parameterFree(input) {
  return input !== null && typeof input === "object" && !(input instanceof KeyObject) && !isEncoded(input);
}

// The key to sign with, and the options that came with it.
export function signingKey(input) {
  if (input instanceof CryptoKey) input = KeyObject.from(input);
  const options = parameterFree(input) ? input : {};
  const given = parameterFree(input) && input.key instanceof KeyObject ? input.key : input;
  const key = given instanceof KeyObject ? given : createPrivateKey(given);
  if (key.type !== "private") throw type("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected private.`);
  return { key: bytesOfKey(key), kind: key.asymmetricKeyType, options };
}

export function verifyingKey(input) {
  if (input instanceof CryptoKey) input = KeyObject.from(input);
  const options = parameterFree(input) ? input : {};
  const given = parameterFree(input) && input.key instanceof KeyObject ? input.key : input;
  let key = given instanceof KeyObject ? given : createPublicKey(given);
  if (key.type === "secret") throw type("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", "Invalid key object type secret, expected private or public.");
  if (key.type === "private") key = publicOf(key);
  return { key: bytesOfKey(key), kind: key.asymmetricKeyType, options };
}

function encoded(key, encoding) {
  return encoding === undefined ? key : key.export(encoding);
}

export function generateKeyPairSync(kind, options = {}) {
  if (!["rsa", "ec", "ed25519"].includes(kind)) {
    if (["rsa-pss", "dsa", "dh", "x25519", "x448", "ed448"].includes(kind)) throw notSupported(`Making a key of type ${kind}`);
    throw argumentValue("type", kind, "must be a supported key type");
  }
  if (kind === "rsa" && typeof options.modulusLength !== "number") throw argumentType("options.modulusLength", "number", options.modulusLength);
  if (kind === "ec" && typeof options.namedCurve !== "string") throw argumentType("options.namedCurve", "string", options.namedCurve);
  const der = op_node_key_generate(kind, options.modulusLength ?? 0, options.namedCurve ?? "");
  const key = privateKey(der);
  return {
    publicKey: encoded(publicKey(op_node_key_public_of(der)), options.publicKeyEncoding),
    privateKey: encoded(key, options.privateKeyEncoding),
  };
}

export function generateKeySync(kind, options) {
  if (kind !== "hmac" && kind !== "aes") throw argumentValue("type", kind, "must be a supported key type");
  const bytes = new Uint8Array(Math.floor(options.length / 8));
  ops.op_node_random_fill(bytes);
  return secretKey(bytes);
}
