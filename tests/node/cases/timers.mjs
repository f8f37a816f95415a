import timers, { clearImmediate as ci, clearTimeout as ct, setImmediate as si, setInterval as sv, setTimeout as st } from "node:timers";
import promises, { scheduler, setInterval as every, setTimeout as wait } from "node:timers/promises";

const later = (ms = 5) => new Promise((r) => setTimeout(r, ms));
// As long as it takes, on a machine that is busy.
const until = async (done) => { for (let i = 0; i < 200 && !done(); i++) await later(); };
export const cases = {
  "the exports": () => [timers.setTimeout === st, timers.promises === promises, promises.setTimeout === wait, typeof setImmediate, typeof clearImmediate, timers.setImmediate === setImmediate],
  "a timeout is an object": async () => { const t = st(() => {}, 1); const r = [t.hasRef(), t.unref() === t, t.hasRef(), t.ref() === t, t.hasRef(), typeof +t, t.refresh() === t, typeof t[Symbol.toPrimitive](), t.constructor.name]; ct(t); return r; },
  "arguments and this": () => new Promise((resolve) => { const t = st(function (...args) { resolve([args, this === t]); }, 1, "a", 2); }),
  "cleared": async () => { const l = []; ct(st(() => l.push("timeout"), 1)); ci(si(() => l.push("immediate"))); const i = sv(() => l.push("interval"), 1); ct(i); const n = st(() => l.push("number"), 1); ct(+n); await later(10); return l; },
  "an interval": async () => { let n = 0; await new Promise((resolve) => { const i = sv(() => { if (++n === 3) { clearInterval(i); resolve(); } }, 1); }); await later(); return n; },
  "refresh": async () => { const l = []; const t = st(() => l.push("t"), 100); await later(5); t.refresh(); l.push("before"); await until(() => l.length === 2); return l; },
  "immediates": async () => { const l = []; setImmediate((...a) => l.push(a), 1, 2); setImmediate(() => l.push("two")); await until(() => l.length === 2); return l; },
  "an immediate is an object": () => { const i = setImmediate(() => {}); const r = [i.hasRef(), i.unref() === i, i.ref() === i, i.constructor.name]; clearImmediate(i); return r; },
  "immediates made by immediates": async () => { const l = []; setImmediate(() => { l.push(1); setImmediate(() => l.push(3)); }); setImmediate(() => l.push(2)); await until(() => l.length === 3); return l; },
  "order of ticks, microtasks and immediates": async () => { await later(1); const l = []; setImmediate(() => l.push("immediate")); process.nextTick(() => l.push("tick")); queueMicrotask(() => l.push("microtask")); Promise.resolve().then(() => l.push("promise")); await until(() => l.length === 4); return l.sort(); },
  "ticks before promises in a callback": () => new Promise((resolve) => setImmediate(() => { const l = []; Promise.resolve().then(() => l.push("promise")); process.nextTick(() => l.push("tick")); queueMicrotask(() => l.push("microtask")); setImmediate(() => resolve(l)); })),
  "ticks of ticks": () => new Promise((resolve) => setImmediate(() => { const l = []; process.nextTick(() => { l.push(1); process.nextTick(() => l.push(3)); Promise.resolve().then(() => l.push(4)); }); process.nextTick(() => l.push(2)); setImmediate(() => resolve(l)); })),
  "promises": async () => [await wait(1, "v"), await promises.setImmediate("i"), await scheduler.wait(1), await scheduler.yield()],
  "an interval of promises": async () => { const l = []; for await (const v of every(1, "x")) { l.push(v); if (l.length === 3) break; } return l; },
  "aborted": async () => { const c = new AbortController(); setTimeout(() => c.abort(), 2); const early = new AbortController(); early.abort(); return [await thrown(() => wait(1000, null, { signal: c.signal }), true), await thrown(() => wait(1, null, { signal: early.signal }), true)]; },
  "of nonsense": () => [thrown(() => st("code", 1), true), thrown(() => setImmediate(5), true), ct(undefined), ct({}), ci(null)],
  "disposed": async () => { let n = 0; const t = st(() => n++, 1); t.close(); await later(5); return n; },
};
