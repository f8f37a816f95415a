import process_, { argv, env, hrtime, nextTick, platform, version } from "node:process";

export const cases = {
  "the exports": () => [process_ === process, env === process.env, nextTick === process.nextTick, hrtime === process.hrtime, globalThis.process === process_],
  "what it says of itself": () => [typeof version, /^v\d+\.\d+\.\d+$/.test(process.version), process.versions.node === process.version.slice(1), platform, typeof process.arch, typeof process.pid, process.release.name, Array.isArray(argv), argv.length >= 1, typeof process.title, process.exitCode],
  "env": () => { process.env.ADDED = 5; const r = [typeof process.env, process.env.ADDED == "5", Object.entries(process.env).some(([k]) => k === "ADDED"), "ADDED" in process.env, Object.keys(process.env).includes("ADDED"), process.env.MISSING, { ...process.env }.ADDED == "5"]; delete process.env.ADDED; return [...r, process.env.ADDED]; },
  "env holds texts": () => { const seen = []; for (const value of [5, true, null, undefined, { toString: () => "made" }, ["a", "b"], 1n, ""]) { process.env.TEXT = value; seen.push(process.env.TEXT, typeof process.env.TEXT); } env.TEXT ??= "kept"; Object.assign(process.env, { TEXT: 7 }); seen.push(process.env.TEXT, delete process.env.TEXT, "TEXT" in process.env); return seen; },
  "env refuses symbols": () => [thrown(() => { process.env.TEXT = Symbol("s"); }), thrown(() => { process.env[Symbol("s")] = "text"; }), process.env[Symbol("s")], "TEXT" in process.env],
  "env defined": () => { const define = (descriptor) => thrown(() => { Object.defineProperty(process.env, "DEFINED", descriptor); return process.env.DEFINED; }, true); const seen = [define({ value: 1 }), define({ value: 1, configurable: true, enumerable: true, writable: true }), define({ get: () => 1 }), define({ value: 2, configurable: true, enumerable: true, writable: false })]; delete process.env.DEFINED; return seen; },
  "an object made from env": () => { const own = Object.create(process.env); process.env.INHERITED = 1; const seen = [own.INHERITED]; delete process.env.INHERITED; return [...seen, own.INHERITED]; },
  "hrtime": () => { const a = process.hrtime(); const d = process.hrtime(a); return [a.length, Number.isInteger(a[0]), Number.isInteger(a[1]), d[0] >= 0 && d[1] >= 0 && d[1] < 1e9, typeof process.hrtime.bigint(), process.hrtime.bigint() <= process.hrtime.bigint()]; },
  "uptime and memory": () => [process.uptime() >= 0, Object.keys(process.memoryUsage()).sort(), process.memoryUsage().heapUsed > 0, Object.keys(process.cpuUsage()).sort(), typeof process.memoryUsage.rss()],
  "nextTick": () => new Promise((resolve) => process.nextTick((...args) => resolve(args), 1, "b")),
  "nextTick of nonsense": () => thrown(() => process.nextTick(5), true),
  "listeners": () => { const f = () => {}; const before = process.listenerCount("custom"); process.on("custom", f); const r = [process.listenerCount("custom") - before, process.emit("custom"), process.off("custom", f) === process, process.listenerCount("custom") - before]; return [...r, process.once("exit", f) === process, process.removeListener("exit", f) === process]; },
  "a custom event": () => { const l = []; const f = (...a) => l.push(a); process.on("mine", f); process.emit("mine", 1); process.removeListener("mine", f); return [l, process.emit("mine", 2)]; },
  "output": () => [process.stdout.write(""), process.stderr.write(""), process.stdout.fd, process.stderr.fd, typeof process.stdout.on],
  "cwd": () => [typeof process.cwd(), typeof process.umask(), typeof process.getuid()],
  "emitWarning": () => process.emitWarning("careful", "MyWarning"),
  "getBuiltinModule": () => typeof process.getBuiltinModule?.("node:fs") !== "undefined",
  "features": () => [typeof process.features, typeof process.config, Array.isArray(process.execArgv)],
};
