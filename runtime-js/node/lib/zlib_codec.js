// One stream of compressed data, by the operations behind CompressionStream, which bound how much memory it takes.
//
// They have a level of their own: `level` and its like are accepted and change nothing but the size of what comes out.

import { Buffer } from "node:buffer";
import { notSupported, range } from "./errors.js";
import { internals } from "./host.js";
import { codes } from "./zlib_constants.js";

const { create, write, finish } = internals.portico.compression;

// The first byte of a gzip stream (RFC 1952, 2.3.1).
const GZIP_FIRST = 0x1f;

// As many bytes as the operation takes at once: what came of them is lost with the error of others.
const PIECE_BYTES = 4096;

// What the operation says of bytes behind the end of the stream.
const BEHIND_THE_END = "failed to write whole buffer";

function dataError(message, code) {
  return Object.assign(new Error(message), { errno: codes[code], code });
}

export class Codec {
  #format;
  #decoder;
  #compressor;
  #begun = false;
  #ended = false;
  #made = 0;
  #max;

  // `format` is one of CompressionStream's, or "unzip" for whichever of gzip and deflate it turns out to be.
  constructor(format, decoder, options = {}) {
    if (options?.dictionary) throw notSupported("zlib with a dictionary");
    this.#format = format;
    this.#decoder = decoder;
    this.#max = options?.maxOutputLength ?? Infinity;
    if (format !== "unzip") this.#compressor = create(format, decoder);
  }

  write(bytes) {
    if (bytes.length === 0 || this.#ended) return Buffer.alloc(0);
    if (!this.#decoder) return this.#output(() => write(this.#compressor, bytes));
    if (!this.#begun) this.#begin(bytes[0]);
    const made = [];
    for (let at = 0; at < bytes.length && !this.#ended; at += PIECE_BYTES) {
      made.push(this.#output(() => this.#take(bytes.subarray(at, at + PIECE_BYTES)), "invalid data", "Z_DATA_ERROR"));
    }
    return made.length === 1 ? made[0] : Buffer.concat(made);
  }

  #begin(first) {
    this.#begun = true;
    if (this.#format === "unzip") {
      this.#format = first === GZIP_FIRST ? "gzip" : "deflate";
      this.#compressor = create(this.#format, true);
    }
    if (this.#format === "gzip" && first !== GZIP_FIRST) throw dataError("incorrect header check", "Z_DATA_ERROR");
  }

  #take(piece) {
    try {
      return write(this.#compressor, piece);
    } catch (error) {
      if (error.message !== BEHIND_THE_END) throw error;
      // More of a gzip file may be another part of it, and where that begins cannot be known.
      if (this.#format === "gzip") throw notSupported("a gzip stream with something behind its end");
      return this.#finish();
    }
  }

  #finish() {
    // It is closed by that, also when it fails.
    const compressor = this.#compressor;
    this.#compressor = undefined;
    this.#ended = true;
    return finish(compressor, true);
  }

  end() {
    if (this.#ended) return Buffer.alloc(0);
    if (this.#compressor === undefined) throw dataError("unexpected end of file", "Z_BUF_ERROR");
    return this.#output(() => this.#finish(), "unexpected end of file", "Z_BUF_ERROR");
  }

  close() {
    if (this.#compressor !== undefined) finish(this.#compressor, false);
    this.#compressor = undefined;
  }

  #output(work, problem, code) {
    let output;
    try {
      output = work();
    } catch (error) {
      // Too much for the function's memory, or said already.
      if (!this.#decoder || error instanceof RangeError || error.code !== undefined) throw error;
      if (this.#format === "brotli") throw dataError("Decompression failed", "ERR_BROTLI_DECODER_ERROR");
      throw dataError(this.#made === 0 && code === "Z_DATA_ERROR" ? "incorrect header check" : problem, code);
    }
    this.#made += output.length;
    if (this.#made > this.#max) throw range("ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${this.#max} bytes`);
    return Buffer.from(output.buffer, output.byteOffset, output.length);
  }
}

// All of it at once.
export function process(bytes, format, decoder, options) {
  const codec = new Codec(format, decoder, options);
  try {
    return Buffer.concat([codec.write(bytes), codec.end()]);
  } finally {
    codec.close();
  }
}
