// node:stream: the streams of Node as a package, and the way from them to the streams of the web and back.

import Stream from "npm:readable-stream/lib/stream.js";
import { Buffer } from "node:buffer";
import { argumentType } from "./lib/errors.js";
import { lazily } from "./lib/host.js";

const processModule = lazily("process");
const { Readable, Writable, Duplex, finished, destroy } = Stream;
const { ReadableStream, WritableStream } = globalThis;

function readableToWeb(readable, options) {
  if (typeof readable?.on !== "function") throw argumentType("streamReadable", "stream.Readable", readable);
  const object = readable.readableObjectMode;
  const highWaterMark = options?.strategy?.highWaterMark ?? (object ? readable.readableHighWaterMark : undefined);
  const strategy = options?.strategy ?? (object
    ? new CountQueuingStrategy({ highWaterMark })
    : { highWaterMark: readable.readableHighWaterMark, size: (chunk) => chunk?.byteLength ?? 1 });
  let closed = false;
  return new ReadableStream({
    start(controller) {
      readable.pause();
      readable.on("data", (chunk) => {
        // A Buffer is a Uint8Array, but readers expect no more than that.
        if (Buffer.isBuffer(chunk) && !object) chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        controller.enqueue(chunk);
        if (controller.desiredSize <= 0) readable.pause();
      });
      finished(readable, { writable: false }, (error) => {
        if (closed) return;
        closed = true;
        if (error) controller.error(error);
        else controller.close();
      });
    },
    pull() {
      readable.resume();
    },
    cancel(reason) {
      closed = true;
      destroy(readable, reason);
    },
  }, strategy);
}

function readableFromWeb(stream, options = {}) {
  if (!(stream instanceof ReadableStream)) throw argumentType("readableStream", "ReadableStream", stream);
  const reader = stream.getReader();
  let closed = false;
  const readable = new Readable({
    ...options,
    read() {
      reader.read().then(({ done, value }) => {
        if (done) {
          closed = true;
          readable.push(null);
        } else {
          readable.push(value);
        }
      }, (error) => readable.destroy(error));
    },
    destroy(error, callback) {
      if (closed) return callback(error);
      closed = true;
      reader.cancel(error ?? undefined).then(() => callback(error), () => callback(error));
    },
  });
  return readable;
}

function writableToWeb(writable) {
  if (typeof writable?.write !== "function") throw argumentType("streamWritable", "stream.Writable", writable);
  let done = false;
  return new WritableStream({
    start(controller) {
      finished(writable, { readable: false }, (error) => {
        if (error && !done) controller.error(error);
        done = true;
      });
    },
    write(chunk) {
      if (writable.write(chunk)) return undefined;
      return new Promise((resolve, reject) => {
        const stop = () => {
          writable.off("drain", onDrain);
          writable.off("error", onError);
        };
        const onDrain = () => {
          stop();
          resolve();
        };
        const onError = (error) => {
          stop();
          reject(error);
        };
        writable.on("drain", onDrain);
        writable.on("error", onError);
      });
    },
    close() {
      return new Promise((resolve, reject) => {
        done = true;
        writable.end((error) => error ? reject(error) : resolve());
      });
    },
    abort(reason) {
      done = true;
      destroy(writable, reason);
    },
  });
}

function writableFromWeb(stream, options = {}) {
  if (!(stream instanceof WritableStream)) throw argumentType("writableStream", "WritableStream", stream);
  const writer = stream.getWriter();
  let closed = false;
  return new Writable({
    ...options,
    write(chunk, encoding, callback) {
      if (typeof chunk === "string" && options.decodeStrings !== false && !options.objectMode) chunk = Buffer.from(chunk, encoding);
      writer.ready.then(() => writer.write(chunk)).then(() => callback(), callback);
    },
    final(callback) {
      closed = true;
      writer.close().then(() => callback(), callback);
    },
    destroy(error, callback) {
      if (closed) return callback(error);
      closed = true;
      const ended = error ? writer.abort(error) : writer.close();
      ended.then(() => callback(error), () => callback(error));
    },
  });
}

Readable.toWeb = readableToWeb;
Readable.fromWeb = readableFromWeb;
Writable.toWeb = writableToWeb;
Writable.fromWeb = writableFromWeb;
Duplex.toWeb = (duplex) => ({ readable: readableToWeb(duplex), writable: writableToWeb(duplex) });
Duplex.fromWeb = ({ readable, writable }, options) =>
  Duplex.from({ readable: readableFromWeb(readable, options), writable: writableFromWeb(writable, options) });

Stream.Stream = Stream;
Stream.duplexPair = (options) => {
  const make = () => new Duplex({
    ...options,
    read() {
      const callback = this.pendingCallback;
      this.pendingCallback = undefined;
      callback?.();
    },
    write(chunk, encoding, callback) {
      if (chunk.length === 0) processModule().nextTick(callback);
      else {
        this.other.push(chunk);
        this.other.pendingCallback = callback;
      }
    },
    final(callback) {
      this.other.on("end", callback);
      this.other.push(null);
    },
  });
  const [one, other] = [make(), make()];
  one.other = other;
  other.other = one;
  return [one, other];
};

export default Stream;
