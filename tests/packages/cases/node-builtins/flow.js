import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import EventEmitter, { on, once } from "node:events";
import process, { env, nextTick } from "node:process";
import stream, { Duplex, PassThrough, Readable, Transform, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { setTimeout as later } from "node:timers/promises";
import timers, { clearTimeout, setImmediate, setTimeout } from "node:timers";

const storage = new AsyncLocalStorage();

async function collect(readable) {
  const parts = [];
  for await (const part of readable) parts.push(part);
  return parts;
}

export default {
  "storage follows": async () => {
    const seen = [];
    await storage.run({ id: 1 }, async () => {
      await null;
      seen.push(storage.getStore()?.id);
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(storage.getStore()?.id);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(storage.getStore()?.id);
      await new Promise((resolve) => nextTick(resolve));
      seen.push(storage.getStore()?.id);
      storage.run({ id: 2 }, () => queueMicrotask(() => seen.push(storage.getStore()?.id)));
      await later(1);
      seen.push(storage.exit(() => storage.getStore()));
      for await (const _ of Readable.from(["a"])) seen.push(storage.getStore()?.id);
      const emitter = new EventEmitter().on("x", () => seen.push(storage.getStore()?.id));
      storage.run({ id: 3 }, () => emitter.emit("x"));
    });
    return [seen, storage.getStore()];
  },
  "storage apart": async () => await Promise.all([1, 2, 3].map((id) => storage.run(id, async () => (await later(4 - id), storage.getStore())))),
  "storage entered": async () => {
    const own = new AsyncLocalStorage();
    own.enterWith("here");
    await null;
    return own.getStore();
  },
  "bind": () => [storage.run(5, () => AsyncLocalStorage.bind(() => storage.getStore()))(), storage.run(6, () => AsyncLocalStorage.snapshot())(() => storage.getStore())],
  "resource": () => storage.run(7, () => new AsyncResource("x")).runInAsyncScope(() => storage.getStore()),
  "storage of a throw": () => {
    try {
      storage.run(8, () => { throw new Error("x"); });
    } catch (error) {
      return [error.message, storage.getStore()];
    }
  },
  "events": () => {
    const seen = [];
    const emitter = new EventEmitter();
    emitter.once("a", (x) => seen.push(["once", x]));
    emitter.on("a", function (x) { seen.push(["on", x, this === emitter]); });
    emitter.prependListener("a", () => seen.push("first"));
    return [emitter.emit("a", 1), emitter.emit("a", 2), emitter.emit("none"), emitter.listenerCount("a"), emitter.eventNames(), seen, EventEmitter.defaultMaxListeners, emitter.off === EventEmitter.prototype.removeListener];
  },
  "error event": () => new EventEmitter().emit("error", new Error("unheard")),
  "error event, no error": () => new EventEmitter().emit("error", "text"),
  "bad listener": () => new EventEmitter().on("x", 1),
  "once": async () => {
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit("ready", 1, 2), 1);
    return await once(emitter, "ready");
  },
  "once, error": async () => {
    const emitter = new EventEmitter();
    queueMicrotask(() => emitter.emit("error", new Error("no")));
    return await once(emitter, "ready");
  },
  "on": async () => {
    const emitter = new EventEmitter();
    queueMicrotask(() => [1, 2, 3].forEach((n) => emitter.emit("n", n)));
    const seen = [];
    for await (const [n] of on(emitter, "n")) {
      seen.push(n);
      if (n === 3) break;
    }
    return seen;
  },
  "abortable": () => later(1000, null, { signal: AbortSignal.abort() }),
  "readable": async () => [await collect(Readable.from(["a", "b"])), (await collect(Readable.from(Buffer.from("bytes")))).join(), await Readable.from([3, 1]).toArray(), await Readable.from([1, 2, 3]).map((n) => n * 2).filter((n) => n > 2).toArray()],
  "pipeline": async () => {
    const seen = [];
    const upper = new Transform({ transform: (chunk, _, done) => done(null, chunk.toString().toUpperCase()) });
    const sink = new Writable({ write: (chunk, _, done) => (seen.push(chunk.toString()), done()) });
    await pipeline(Readable.from(["a", "b"]), upper, sink);
    return [seen, sink.writableFinished, upper.destroyed];
  },
  "pipeline fails": async () => await pipeline(Readable.from(["a"]), new Transform({ transform: (_, __, done) => done(new Error("broken")) }), new PassThrough()),
  "back-pressure": () => {
    const sink = new Writable({ highWaterMark: 3, write() {} });
    return [sink.write("ab"), sink.write("cd"), sink.writableLength, sink.writableNeedDrain];
  },
  "async transform": async () => {
    const seen = [];
    await pipeline(Readable.from(["x", "y"]), async function* (source) { for await (const part of source) yield `${part}!`; }, async (source) => { for await (const part of source) seen.push(String(part)); });
    return seen;
  },
  "finished": async () => {
    const through = new PassThrough();
    through.end("x");
    through.resume();
    await finished(through);
    return through.readableEnded;
  },
  "web": async () => {
    const web = Readable.toWeb(Readable.from([Buffer.from("ab"), Buffer.from("c")]));
    const text = await new Response(web).text();
    return [text, (await collect(Readable.fromWeb(new Blob(["xyz"]).stream()))).map(String)];
  },
  "object mode": async () => await collect(new Readable({ objectMode: true, read() { this.push({ a: 1 }); this.push(null); } })),
  "duplex": () => [new Duplex() instanceof Readable, new Duplex() instanceof Writable, stream.Stream === stream, typeof stream.addAbortSignal],
  "decoded": async () => {
    const readable = Readable.from([Buffer.from([0xc3]), Buffer.from([0xbc])], { objectMode: false });
    readable.setEncoding("utf8");
    return (await collect(readable)).join("");
  },
  "order": async () => {
    const seen = [];
    await new Promise((resolve) => {
      setTimeout(() => (seen.push("timeout"), resolve()), 5);
      setImmediate(() => seen.push("immediate"));
      Promise.resolve().then(() => seen.push("promise"));
      queueMicrotask(() => seen.push("microtask"));
      seen.push("now");
    });
    return seen;
  },
  "timers": async () => {
    const timer = setTimeout(() => {}, 1000);
    const seen = [typeof timer.unref(), timer.hasRef(), typeof timer.ref, typeof timers.setInterval];
    clearTimeout(timer);
    return [...seen, await later(1, "value")];
  },
  "process": () => [process.env === env, process === globalThis.process, env.NODE_ENV, process.platform, typeof process.version, typeof process.versions.node, process.argv.length > -1, typeof process.hrtime.bigint(), process.hrtime().length, typeof process.uptime(), typeof process.memoryUsage().heapUsed, process.exitCode, typeof process.emitWarning, typeof process.on],
  "next tick": async () => await new Promise((resolve) => nextTick((a, b) => resolve([a, b]), 1, 2)),
  "env": () => ["RUN402_PROJECT_ID" in env, Object.entries(env).some(([name]) => name === "NODE_ENV"), env.NOT_SET, (env.NUMBER = 5, env.NUMBER), delete env.NUMBER, env.NUMBER],
};
