import stream, { addAbortSignal, compose, Duplex, finished, PassThrough, pipeline, Readable, Stream, Transform, Writable } from "node:stream";
import promises, { finished as done, pipeline as pipe } from "node:stream/promises";
import consumers, { arrayBuffer, blob, buffer, json, text } from "node:stream/consumers";
import web from "node:stream/web";

const sink = () => { const l = []; const w = new Writable({ write(c, e, cb) { l.push(c.toString()); cb(); } }); return [w, l]; };
const upper = () => new Transform({ transform(c, e, cb) { cb(null, c.toString().toUpperCase()); } });
const all = async (s) => { const l = []; for await (const c of s) l.push(typeof c === "string" ? c : Buffer.isBuffer(c) ? c.toString() : c); return l; };

export const cases = {
  "the exports": () => [stream === Stream, stream.Stream === Stream, stream.promises === promises, stream.Readable === Readable, web.ReadableStream === ReadableStream, typeof consumers.text, stream.prototype.constructor === stream],
  "inheritance": () => [new PassThrough() instanceof Transform, new Transform() instanceof Duplex, new Duplex() instanceof Readable, new Duplex() instanceof Writable, new Readable() instanceof Stream, new Writable() instanceof Stream],
  "Readable.from": async () => [await all(Readable.from(["a", "b"])), await all(Readable.from("abc")), await all(Readable.from(Buffer.from("xy"))), await all(Readable.from((async function* () { yield 1; yield { a: 2 }; })()))],
  "read by events": () => new Promise((resolve) => { const l = []; const r = new Readable({ read() {} }); r.push("a"); r.push("b"); r.push(null); r.on("data", (c) => l.push(c.toString())).on("end", () => l.push("end")).on("close", () => resolve(l)); }),
  "read by calls": () => new Promise((resolve) => { const r = new Readable({ read() { this.push("abcdef"); this.push(null); } }); r.once("readable", () => resolve([r.read(2)?.toString(), r.read()?.toString(), r.read()])); }),
  "encodings": async () => { const r = Readable.from([Buffer.from([0xe2, 0x82]), Buffer.from([0xac])], { objectMode: false }); r.setEncoding("utf8"); return (await all(r)).join("|"); },
  "pipe": () => new Promise((resolve) => { const [w, l] = sink(); Readable.from(["a", "b"]).pipe(upper()).pipe(w).on("finish", () => resolve(l)); }),
  "pipeline": async () => { const [w, l] = sink(); await pipe(Readable.from(["x", "y"]), upper(), w); return l; },
  "pipeline with generators": () => pipe(["a", "b", "c"], async function* (s) { for await (const c of s) yield c + c; }, async (s) => { const l = []; for await (const c of s) l.push(c); return l; }),
  "pipeline that fails": () => thrown(() => pipe(Readable.from(["a"]), new Transform({ transform(c, e, cb) { cb(new RangeError("t")); } }), new PassThrough()), true),
  "pipeline with a callback": () => new Promise((resolve) => { const [w, l] = sink(); pipeline(Readable.from(["q"]), w, (e) => resolve([e, l])); }),
  "pipeline that is aborted": () => { const c = new AbortController(); setTimeout(() => c.abort(), 2); return thrown(() => pipe(new Readable({ read() {} }), new PassThrough().resume(), { signal: c.signal })); },
  "finished": async () => { const [w] = sink(); w.end("x"); await done(w); const r = new Readable({ read() {} }); setTimeout(() => r.destroy(new Error("gone"))); return thrown(() => done(r), true); },
  "finished too early": () => new Promise((resolve) => { const r = new Readable({ read() {} }); finished(r, (e) => resolve([e.code, e.message])); r.destroy(); }),
  "destroy": () => new Promise((resolve) => { const l = []; const r = new Readable({ read() {}, destroy(e, cb) { l.push(e?.message); cb(e); } }); r.on("error", (e) => l.push(e.message)).on("close", () => resolve([l, r.destroyed])); r.destroy(new Error("d")); }),
  "back-pressure": () => { const w = new Writable({ highWaterMark: 3, write() {} }); return [w.write("ab"), w.write("c"), w.writableLength, w.writableNeedDrain, w.writableHighWaterMark]; },
  "drain": () => new Promise((resolve) => { const w = new Writable({ highWaterMark: 1, write(c, e, cb) { setTimeout(cb, 1); } }); const r = w.write("abc"); w.on("drain", () => resolve(r)); }),
  "writev and cork": () => new Promise((resolve) => { const w = new Writable({ writev(chunks, cb) { cb(); resolve(chunks.map((c) => c.chunk.toString())); } }); w.cork(); w.write("a"); w.write("b"); w.uncork(); }),
  "final": () => new Promise((resolve) => { const l = []; const w = new Writable({ write(c, e, cb) { l.push(c.toString()); cb(); }, final(cb) { l.push("final"); cb(); } }); w.end("last", () => resolve(l)); }),
  "write after end": () => new Promise((resolve) => { const [w] = sink(); w.on("error", (e) => resolve([e.code, e.message])); w.end(); w.write("x"); }),
  "write of nonsense": () => { const [w] = sink(); return [thrown(() => w.write(null), true), thrown(() => w.write(5)), thrown(() => w.write("a", "nope"), true)]; },
  "object mode": async () => { const t = new Transform({ objectMode: true, transform(o, e, cb) { cb(null, { n: o.n + 1 }); } }); t.write({ n: 1 }); t.end({ n: 2 }); return all(t); },
  "flush": async () => { const t = new Transform({ transform(c, e, cb) { cb(); }, flush(cb) { this.push("flushed"); cb(); } }); t.end("x"); return all(t); },
  "async iteration broken off": async () => { const r = Readable.from(["a", "b"]); for await (const c of r) { void c; break; } return r.destroyed; },
  "iterator helpers": async () => [await Readable.from([1, 2, 3, 4]).filter((n) => n % 2).map((n) => n * 10).toArray(), await Readable.from([1, 2, 3]).reduce((a, b) => a + b, 0), await Readable.from([1, 2, 3]).some((n) => n > 2), await Readable.from([1, 2, 3, 4]).drop(1).take(2).toArray()],
  "compose": async () => { const c = compose(upper(), async function* (s) { for await (const x of s) yield `<${x}>`; }); c.end("hey"); return all(c); },
  "Duplex.from": async () => { const d = Duplex.from(async function* (s) { for await (const c of s) yield String(c) + "!"; }); d.end("hi"); return all(d); },
  "addAbortSignal": () => { const c = new AbortController(); const r = addAbortSignal(c.signal, new Readable({ read() {} })); setTimeout(() => c.abort()); return thrown(() => all(r)); },
  "state": async () => { const r = Readable.from(["a"]); const s = [r.readable, r.readableEnded, r.readableFlowing, stream.isReadable(r), stream.isDisturbed(r)]; await all(r); return [...s, r.readable, r.readableEnded, stream.isErrored(r), stream.isDisturbed(r)]; },
  "consumers": async () => [await text(Readable.from(["a", "b"])), await json(Readable.from(['{"a":', "1}"])), await buffer(Readable.from([Buffer.from("x"), Buffer.from("y")])), (await arrayBuffer(Readable.from([Buffer.from("xyz")]))).byteLength, await (await blob(Readable.from(["b"]))).text(), await text(new Response("web").body)],
  "toWeb": async () => [await new Response(Readable.toWeb(Readable.from([Buffer.from("a"), Buffer.from("b")]))).text(), await all(Readable.toWeb(Readable.from([1, 2])))],
  "fromWeb": async () => [await all(Readable.fromWeb(new Response("hello").body)), await all(Readable.fromWeb(new ReadableStream({ start(c) { c.enqueue("x"); c.close(); } }), { encoding: "utf8" }))],
  "toWeb that fails": () => thrown(() => new Response(Readable.toWeb(new Readable({ read() { this.destroy(new RangeError("web")); } }))).text(), true),
  "fromWeb that fails": () => thrown(() => all(Readable.fromWeb(new ReadableStream({ start(c) { c.error(new RangeError("w")); } }))), true),
  "writable toWeb": async () => { const [w, l] = sink(); const s = Writable.toWeb(w).getWriter(); await s.write("a"); await s.write("b"); await s.close(); return [l, w.writableFinished]; },
  "writable fromWeb": async () => { const l = []; const w = Writable.fromWeb(new WritableStream({ write(c) { l.push(c.constructor.name, Buffer.from(c).toString()); }, close() { l.push("closed"); } })); w.write("a"); w.end("b"); await done(w); return l.filter((x) => x !== "Buffer" && x !== "Uint8Array"); },
  "high water marks": () => [stream.getDefaultHighWaterMark(true), new Readable({ objectMode: true }).readableHighWaterMark, new Readable({ highWaterMark: 5 }).readableHighWaterMark],
  "readable[Symbol.asyncDispose]": () => typeof Readable.prototype[Symbol.asyncIterator],
  "old style": () => new Promise((resolve) => { function Old() { Readable.call(this); } Object.setPrototypeOf(Old.prototype, Readable.prototype); Old.prototype._read = function () { this.push("old"); this.push(null); }; new Old().on("data", (c) => resolve(c.toString())); }),
  "an error without a listener of its own": () => new Promise((resolve) => { const p = new PassThrough(); p.on("error", (e) => resolve(e.message)); p.emit("error", new Error("e")); }),
};
