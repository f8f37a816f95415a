// Cipheriv and Decipheriv: AES in the modes CBC, CTR and GCM.

import { Buffer } from "node:buffer";
import { StringDecoder } from "node:string_decoder";
import { ops } from "./host.js";
import { checkString, notSupported, plain, range, type } from "./errors.js";
import { bytesOf, over, result } from "./bytes.js";
import { secretBytes } from "./crypto_keys.js";

const { op_node_cipher_aad, op_node_cipher_final, op_node_cipher_new, op_node_cipher_tag, op_node_cipher_update } = ops;

const SIZES = [128, 192, 256];
export const CIPHERS = SIZES.flatMap((size) => [`aes-${size}-cbc`, `aes-${size}-ctr`, `aes-${size}-gcm`]).sort();

function find(name) {
  const lower = `${name}`.toLowerCase().replace(/^id-aes(\d+)-gcm$/, "aes-$1-gcm").replace(/^aes(\d+)$/, "aes-$1-cbc");
  const [, size, mode] = /^aes-(128|192|256)-(cbc|ctr|gcm)$/.exec(lower) ?? [];
  return size === undefined ? undefined : { name: lower, size: +size / 8, mode };
}

class Base {
  #cipher;
  #mode;
  #encrypting;
  #tag = null;
  #padding = true;
  #start;
  #decoder;
  #finished = false;

  constructor(encrypting, algorithm, key, iv, options) {
    checkString(algorithm, "cipher");
    const found = find(algorithm);
    if (found === undefined) {
      if (/^(aes|des|chacha|camellia|aria|sm4|rc)/i.test(algorithm)) throw notSupported(`The cipher ${algorithm}`);
      throw plain("ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
    }
    const secret = new Uint8Array(secretBytes(key, "key"));
    const start = iv === null ? new Uint8Array(0) : new Uint8Array(bytesOf(iv, "iv"));
    if (secret.byteLength !== found.size) throw range("ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
    if (found.mode === "gcm" ? start.byteLength === 0 : start.byteLength !== 16) {
      throw type("ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
    }
    const length = options?.authTagLength;
    if (found.mode === "gcm" && length !== undefined && ![4, 8, 12, 13, 14, 15, 16].includes(length)) {
      throw type("ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${length}`);
    }
    this.tagLength = length ?? 16;
    Object.defineProperty(this, "tagLength", { enumerable: false });
    this.#encrypting = encrypting;
    this.#mode = found.mode;
    this.#start = () => op_node_cipher_new(encrypting, found.mode, secret, start, this.#padding);
  }

  get #native() {
    return this.#cipher ??= this.#start();
  }

  #output(bytes, encoding, last) {
    if (encoding === undefined || encoding === null || encoding === "buffer") return over(bytes);
    this.#decoder ??= new StringDecoder(encoding);
    return last ? this.#decoder.end(bytes) : this.#decoder.write(bytes);
  }

  update(data, inputEncoding, outputEncoding) {
    const bytes = bytesOf(data, "data", inputEncoding, ["string", "Buffer", "TypedArray", "DataView"]);
    if (this.#finished) throw plain("ERR_CRYPTO_INVALID_STATE", "Trying to add data in unsupported state");
    const room = new Uint8Array(bytes.byteLength + 16);
    const count = op_node_cipher_update(this.#native, bytes, room);
    return this.#output(room.subarray(0, count), outputEncoding, false);
  }

  final(encoding) {
    if (this.#finished) throw plain("ERR_CRYPTO_INVALID_STATE", "Unsupported state");
    this.#finished = true;
    let bytes;
    try {
      bytes = new Uint8Array(op_node_cipher_final(this.#native, this.#tag));
    } catch (error) {
      if (this.#mode === "cbc") throw sslError(error.message);
      throw new Error(error.message);
    }
    return this.#output(bytes, encoding, true);
  }

  setAutoPadding(on = true) {
    if (this.#cipher !== undefined && this.#finished) throw plain("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAutoPadding");
    this.#padding = !!on;
    return this;
  }

  setAAD(data) {
    const bytes = bytesOf(data, "buffer");
    if (this.#mode !== "gcm") throw plain("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAAD");
    op_node_cipher_aad(this.#native, bytes);
    return this;
  }

  getAuthTag() {
    if (!this.#encrypting || this.#mode !== "gcm" || !this.#finished) {
      throw plain("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    }
    return result(op_node_cipher_tag(this.#native).subarray(0, this.tagLength));
  }

  setAuthTag(tag, encoding) {
    const bytes = bytesOf(tag, "buffer", encoding);
    if (this.#encrypting || this.#mode !== "gcm" || this.#tag !== null) {
      throw plain("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    }
    if (bytes.byteLength < 4 || bytes.byteLength > 16) {
      throw type("ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${bytes.byteLength}`);
    }
    this.#tag = Buffer.from(bytes);
    return this;
  }
}

function sslError(message) {
  const [code, text] = message === "bad decrypt"
    ? ["ERR_OSSL_BAD_DECRYPT", "error:1C800064:Provider routines::bad decrypt"]
    : ["ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", "error:1C80006B:Provider routines::wrong final block length"];
  const error = new Error(text);
  return Object.assign(error, { library: "Provider routines", reason: message, code });
}

export class Cipheriv extends Base {
  constructor(algorithm, key, iv, options) {
    super(true, algorithm, key, iv, options);
  }
}
export class Decipheriv extends Base {
  constructor(algorithm, key, iv, options) {
    super(false, algorithm, key, iv, options);
  }
}

export const createCipheriv = (algorithm, key, iv, options) => new Cipheriv(algorithm, key, iv, options);
export const createDecipheriv = (algorithm, key, iv, options) => new Decipheriv(algorithm, key, iv, options);

export function getCipherInfo(name) {
  const found = find(name);
  if (found === undefined) return undefined;
  const info = { mode: found.mode, name: found.name, keyLength: found.size, ivLength: found.mode === "gcm" ? 12 : 16 };
  return found.mode === "cbc" ? { ...info, blockSize: 16 } : info;
}
