import hooks, { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { EventEmitterAsyncResource } from "node:events";

const als = new AsyncLocalStorage();
const inside = (read) => als.run("store", read);
const get = () => als.getStore();
const later = (ms = 1) => new Promise((r) => setTimeout(r, ms));
const requestStore = new AsyncLocalStorage();

// One of many requests that run at the same time: sees only its own store, wherever it looks.
async function interleaved(id) {
  const before = requestStore.getStore();
  requestStore.enterWith({ id, leaked: true });
  const seen = [];
  return requestStore.run({ id }, async () => {
    const look = () => seen.push(requestStore.getStore()?.id);
    look();
    for (let i = 0; i < 5; i++) {
      await later(Math.floor(Math.random() * 4));
      look();
      await null;
      look();
    }
    await new Promise((resolve) => setImmediate(() => (look(), resolve())));
    await new Promise((resolve) => process.nextTick(() => (look(), resolve())));
    await new Promise((resolve) => queueMicrotask(() => (look(), resolve())));
    await fetch("data:text/plain,x").then((r) => r.text()).then(look);
    await new Response(new ReadableStream({ pull(c) { look(); c.enqueue(new Uint8Array(1)); c.close(); } })).arrayBuffer();
    await crypto.subtle.digest("SHA-256", new Uint8Array(1)).then(look);
    return { before: before === undefined, own: seen.every((x) => x === id), count: seen.length };
  });
}

export const cases = {
  "requests run interleaved": () => "see the driver",
  "the exports": () => [hooks.AsyncLocalStorage === AsyncLocalStorage, typeof executionAsyncId(), typeof hooks.triggerAsyncId(), typeof hooks.executionAsyncResource()],
  "run": () => [get(), als.run(1, () => get()), als.run(1, (a, b) => [get(), a, b], "a", "b"), get(), thrown(() => als.run(1, () => { throw new RangeError("r"); })), get()],
  "nested": () => als.run(1, () => [get(), als.run(2, () => [get(), als.exit(get), get()]), get()]),
  "two storages": () => { const other = new AsyncLocalStorage(); return als.run(1, () => other.run(2, () => [get(), other.getStore(), als.exit(() => [get(), other.getStore()])])); },
  "await": () => inside(async () => { const l = [get()]; await null; l.push(get()); await later(); l.push(get()); await Promise.all([later(), later()]); l.push(get()); try { await Promise.reject(1); } catch { l.push(get()); } finally { l.push(get()); } return l; }),
  "promises": () => inside(() => Promise.resolve().then(get).then((a) => [a, get()]).catch(() => {}).finally(get)),
  "promises made outside": async () => { let resolve; const p = new Promise((r) => resolve = r); const seen = inside(() => p.then(get)); als.run("other", () => resolve()); return seen; },
  "timers": () => inside(() => new Promise((resolve) => { const l = []; setTimeout(() => { l.push(get()); const i = setInterval(() => { clearInterval(i); l.push(get()); setImmediate(() => { l.push(get()); resolve(l); }); }, 1); }, 1); })),
  "microtasks and ticks": () => inside(() => new Promise((resolve) => { const l = []; queueMicrotask(() => { l.push(get()); process.nextTick((a) => { l.push(get(), a); resolve(l); }, "arg"); }); })),
  "async functions in parallel": () => Promise.all([1, 2, 3].map((n) => als.run(n, async () => { await later(4 - n); const a = get(); await later(n); return [a, get()]; }))),
  "generators": async () => { const g = als.run("made", async function* () { yield get(); await null; yield get(); }); const l = []; for await (const v of als.run("used", () => g)) l.push(v); return l.length; },
  "thenables": () => inside(async () => { const l = []; await { then(r) { l.push(get()); r(); } }; l.push(get()); return l; }),
  "event emitters": () => { const e = new EventEmitter(); const l = []; als.run("adding", () => e.on("x", () => l.push(get()))); als.run("emitting", () => e.emit("x")); return l; },
  "event targets": () => { const t = new EventTarget(); const l = []; als.run("adding", () => t.addEventListener("x", () => l.push(get()))); als.run("dispatching", () => t.dispatchEvent(new Event("x"))); return l; },
  "abort signals": () => { const c = new AbortController(); const l = []; als.run("adding", () => c.signal.addEventListener("abort", () => l.push(get()))); als.run("aborting", () => c.abort()); return l; },
  "fetch": () => inside(async () => { const l = []; const r = await fetch("data:text/plain,hello"); l.push(get()); l.push(await r.text(), get()); await fetch("data:,x").then(() => l.push(get())); return l; }),
  "web streams": () => inside(async () => { const l = []; const s = new ReadableStream({ async start() { await null; l.push(get()); }, async pull(c) { await later(); l.push(get()); c.enqueue("x"); c.close(); } }); for await (const chunk of s.pipeThrough(new TransformStream({ transform(chunk, c) { l.push(get()); c.enqueue(chunk); } }))) l.push(chunk, get()); return l; }),
  "node streams": () => inside(async () => { const l = []; await pipeline(Readable.from(["a", "b"]), new Transform({ transform(chunk, e, cb) { l.push(get()); setTimeout(() => cb(null, chunk), 1); } }), async (source) => { for await (const chunk of source) l.push(String(chunk), get()); }); return l; }),
  "node timers and promises": () => inside(async () => { await wait(1); return get(); }),
  "crypto": () => inside(async () => { await crypto.subtle.digest("SHA-1", new Uint8Array(3)); return get(); }),
  "dynamic import": () => inside(async () => { await import("node:path"); return get(); }),
  "messages belong to who made the channel": async () => {
    const receive = async (make, listen, post) => {
      const within = (store, run) => store === undefined ? run() : als.run(store, run);
      const { port1, port2 } = within(make, () => new MessageChannel());
      const got = new Promise((done) => within(listen, () => port1.onmessage = () => done(get())));
      within(post, () => port2.postMessage(1));
      const seen = await got;
      port1.close();
      port2.close();
      return seen;
    };
    return [await receive("made", "listening", "posting"), await receive(undefined, "listening", "posting"), await receive("made"), await inside(() => receive())];
  },
  "message channels": () => new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { port1.close(); port2.close(); resolve("got it"); }; inside(() => port2.postMessage(1)); }),
  "enterWith": async () => als.run("outer", async () => { const l = [get()]; als.enterWith("entered"); l.push(get()); await later(); l.push(get()); return l; }).then((l) => [...l, get()]),
  "disable": () => { const mine = new AsyncLocalStorage(); mine.enterWith(1); const l = [mine.getStore()]; mine.disable(); l.push(mine.getStore()); mine.run(2, () => l.push(mine.getStore())); l.push(mine.getStore()); return l; },
  "snapshot": () => { const s = inside(() => AsyncLocalStorage.snapshot()); return [s(get), als.run("other", () => s(get)), s((a, b) => a + b, 1, 2), get()]; },
  "bind": () => { const f = inside(() => AsyncLocalStorage.bind((a, b) => [get(), a, b])); return [f(1, 2), als.run("other", () => f(3)), f.length, thrown(() => AsyncLocalStorage.bind(5)).code]; },
  "AsyncResource": () => { const r = inside(() => new AsyncResource("mine")); return [r.runInAsyncScope(get), r.runInAsyncScope(function (a) { return [this.x, a]; }, { x: 1 }, 2), r.bind(get)(), typeof r.asyncId(), typeof r.triggerAsyncId(), r.emitDestroy() === r, get(), thrown(() => new AsyncResource(5)).code]; },
  "AsyncResource keeps this": () => { const r = new AsyncResource("x"); return [r.bind(function () { return this.v; }).call({ v: 1 }), r.bind(function () { return this.v; }, { v: 2 }).call({ v: 1 }), AsyncResource.bind(function (a) { return a; })(5), r.bind((a, b, c) => 0).length]; },
  "AsyncResource inherited": () => { class Mine extends AsyncResource { constructor() { super("MINE"); this.n = 1; } go(f) { return this.runInAsyncScope(f, this); } } const m = inside(() => new Mine()); return [m.go(function () { return [get(), this.n]; }), m instanceof AsyncResource]; },
  "EventEmitterAsyncResource": () => { const e = inside(() => new EventEmitterAsyncResource({ name: "X" })); const l = []; e.on("a", () => l.push(get())); e.emit("a"); return l; },
  "stores of any kind": () => [null, 0, false, "", undefined, { a: 1 }].map((s) => als.run(s, get)),
  "createHook": () => { const h = createHook({ init() {} }); return [h.enable() === h, h.disable() === h]; },
  "a run in a run that outlives it": async () => { let p; als.run(1, () => { p = als.run(2, async () => { await later(5); return get(); }); }); return [get(), await p]; },
  "errors out of timers keep others whole": async () => inside(async () => { await later(2); return get(); }),
  "the store of the module is empty": () => requestStore.getStore(),
};
