// node:zlib: streams, and functions for the whole of something, over the same operations as CompressionStream.

import { Buffer } from "node:buffer";
import { Transform, finished } from "node:stream";
import { argumentType, checkFunction } from "./lib/errors.js";
import { lazily } from "./lib/host.js";
import { Codec, process } from "./lib/zlib_codec.js";
import { codes, constants, zlib } from "./lib/zlib_constants.js";

const processModule = lazily("process");

// Name of the class, of the function, format, and whether it takes apart.
const KINDS = [
  ["Deflate", "deflate", "deflate", false],
  ["DeflateRaw", "deflateRaw", "deflate-raw", false],
  ["Gzip", "gzip", "gzip", false],
  ["BrotliCompress", "brotliCompress", "brotli", false],
  ["Inflate", "inflate", "deflate", true],
  ["InflateRaw", "inflateRaw", "deflate-raw", true],
  ["Gunzip", "gunzip", "gzip", true],
  ["Unzip", "unzip", "unzip", true],
  ["BrotliDecompress", "brotliDecompress", "brotli", true],
];

class Zlib extends Transform {
  #codec;
  bytesWritten = 0;

  constructor(format, decoder, options) {
    super({ ...options, objectMode: false });
    this.#codec = new Codec(format, decoder, options);
  }

  _transform(chunk, _encoding, callback) {
    this.#push(callback, () => {
      this.bytesWritten += chunk.length;
      return this.#codec.write(chunk);
    });
  }

  _flush(callback) {
    this.#push(callback, () => this.#codec.end());
  }

  #push(callback, work) {
    let output;
    try {
      output = work();
    } catch (error) {
      return callback(error);
    }
    if (output.length > 0) this.push(output);
    callback();
  }

  _destroy(error, callback) {
    this.#codec.close();
    callback(error);
  }

  // What was written so far goes out when there is enough of it: the operations have no flush.
  flush(kind, callback = kind) {
    this.write(Buffer.alloc(0), typeof callback === "function" ? callback : undefined);
  }

  params(_level, _strategy, callback) {
    processModule().nextTick(callback);
  }

  close(callback) {
    if (typeof callback === "function") finished(this, () => callback());
    this.destroy();
  }
}

function bytesOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  throw argumentType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], data);
}

const found = {};
for (const [title, name, format, decoder] of KINDS) {
  const type = {
    [title]: class extends Zlib {
      constructor(options) {
        super(format, decoder, options);
      }
    },
  }[title];
  Object.assign(found, {
    [title]: type,
    [`create${title}`]: (options) => new type(options),
    [`${name}Sync`]: (data, options) => process(bytesOf(data), format, decoder, options),
    [name](data, options, callback = options) {
      checkFunction(callback, "callback");
      const bytes = bytesOf(data);
      processModule().nextTick(() => {
        let output;
        try {
          output = process(bytes, format, decoder, options === callback ? undefined : options);
        } catch (error) {
          return callback(error);
        }
        callback(null, output);
      });
    },
  });
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(data, start = 0) {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let crc = ~start;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const all = { ...found, crc32, constants, codes };
// Where they were before there was `constants`: properties of the module, and no exports.
for (const name of Object.keys(zlib)) Object.defineProperty(all, name, { __proto__: null, value: zlib[name] });

export default all;
