// node:process and the global `process`: the environment, and what packages ask a process for. There is no process here, so most
// answers are constants, and what would end or change one does nothing or fails.
//
// It carries no `[object process]` tag, which some packages take as a promise of Node's own stream extensions (reference 4).

import { core, internals, lazily, log, primordials } from "./lib/host.js";
import { checkFunction, notSupported } from "./lib/errors.js";
import { environment } from "./lib/environment.js";

const { getAsyncContext, queueNextTick } = core;
const { DateNow, BigInt, MathFloor, ObjectFreeze } = primordials;
const performance = core.loadExtScript("ext:deno_web/15_performance.js").performance;
const events = lazily("events");
const buffer = lazily("buffer");
const started = DateNow();

// What the platform says of itself.
const VERSION = "v22.12.0";
const versions = ObjectFreeze({ node: VERSION.slice(1), v8: "15.0.0", uv: "1.49.1", modules: "127" });

function nextTick(callback, ...args) {
  checkFunction(callback, "callback");
  queueNextTick({
    __proto__: null,
    callback,
    args: args.length > 0 ? args : undefined,
    snapshot: getAsyncContext(),
    asyncId: 0,
    triggerAsyncId: 0,
  });
}

function hrtime(before) {
  const now = performance.now() / 1000;
  let seconds = MathFloor(now);
  let nanos = MathFloor((now - seconds) * 1e9);
  if (before !== undefined) {
    seconds -= before[0];
    nanos -= before[1];
    if (nanos < 0) {
      seconds--;
      nanos += 1e9;
    }
  }
  return [seconds, nanos];
}
hrtime.bigint = () => BigInt(MathFloor(performance.now() * 1e6));

const warned = new Set();

function emitWarning(warning, type, code) {
  if (typeof type === "object" && type !== null) {
    code = type.code;
    type = type.type;
  }
  const name = warning instanceof Error ? warning.name : typeof type === "string" ? type : "Warning";
  const message = warning instanceof Error ? warning.message : `${warning}`;
  // Each deprecation is said once.
  const key = `${code ?? ""}${message}`;
  if (name === "DeprecationWarning" && warned.has(key)) return;
  warned.add(key);
  log(2, `${typeof code === "string" ? `[${code}] ` : ""}${name}: ${message}`);
}

// Whole lines go to the function's log; what is not a whole line waits for its end.
const WRITE_LENGTH_MAX = 64 * 1024;

function output(level, fd) {
  let pending = "";
  const stream = {
    fd,
    isTTY: false,
    writable: true,
    columns: undefined,
    write(chunk, encoding, callback) {
      if (typeof encoding === "function") callback = encoding;
      const text = typeof chunk === "string" ? chunk : buffer().Buffer.from(chunk).toString();
      // Of more, the log would take no more.
      pending += text.slice(0, WRITE_LENGTH_MAX);
      const end = pending.lastIndexOf("\n");
      if (end >= 0) {
        log(level, pending.slice(0, end));
        pending = pending.slice(end + 1);
      } else if (pending.length > 16 * 1024) {
        log(level, pending);
        pending = "";
      }
      if (typeof callback === "function") nextTick(callback);
      return true;
    },
    end(chunk) {
      if (chunk !== undefined) stream.write(chunk);
      return stream;
    },
    cork() {},
    uncork() {},
    getColorDepth: () => 1,
    hasColors: () => false,
  };
  for (const name of ["on", "once", "off", "addListener", "removeListener", "removeAllListeners"]) stream[name] = () => stream;
  stream.emit = () => false;
  stream.listenerCount = () => 0;
  return stream;
}

function refuse(name) {
  return { [name]: () => {
    throw notSupported(`process.${name}`);
  } }[name];
}

const zero = () => 0;
const listeners = new Map();

const process = {
  version: VERSION,
  versions,
  arch: "x64",
  platform: "linux",
  release: ObjectFreeze({ name: "node", lts: "Jod" }),
  title: "portico",
  pid: 1,
  ppid: 0,
  execPath: "/usr/bin/node",
  execArgv: [],
  argv: ["/usr/bin/node", "/function"],
  argv0: "node",
  exitCode: undefined,
  env: environment(internals.portico.env),
  features: ObjectFreeze({ inspector: false, debug: false, uv: false, ipv6: true, tls: true, typescript: false }),
  config: ObjectFreeze({ target_defaults: ObjectFreeze({}), variables: ObjectFreeze({}) }),
  allowedNodeEnvironmentFlags: new Set(),
  stdout: output(1, 1),
  stderr: output(3, 2),
  stdin: { fd: 0, isTTY: false, on: () => process.stdin, once: () => process.stdin, resume() {}, pause() {}, setEncoding() {} },
  nextTick,
  hrtime,
  emitWarning,
  cwd: () => "/",
  uptime: () => (DateNow() - started) / 1000,
  umask: () => 0o22,
  getuid: zero,
  geteuid: zero,
  getgid: zero,
  getegid: zero,
  getgroups: () => [0],
  memoryUsage() {
    const { physicalTotal: rss, heapTotal, heapUsed, external } = core.memoryUsage();
    return { rss, heapTotal, heapUsed, external, arrayBuffers: 0 };
  },
  cpuUsage: () => ({ user: MathFloor(performance.now() * 1000), system: 0 }),
  resourceUsage: () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: 0 }),
  constrainedMemory: zero,
  availableMemory: zero,
  getBuiltinModule: (name) => lazily("module")().builtin(name),
  exit: refuse("exit"),
  reallyExit: refuse("reallyExit"),
  abort: refuse("abort"),
  kill: refuse("kill"),
  chdir: refuse("chdir"),
  dlopen: refuse("dlopen"),
  binding: refuse("binding"),
  loadEnvFile: refuse("loadEnvFile"),
  hasUncaughtExceptionCaptureCallback: () => false,
  setUncaughtExceptionCaptureCallback() {},
  setSourceMapsEnabled() {},
  getActiveResourcesInfo: () => [],
  ref() {},
  unref() {},
};
process.memoryUsage.rss = () => process.memoryUsage().rss;

// Listeners are kept, so that they can be counted and removed; the events of a process do not happen here.
for (const name of ["on", "addListener", "once", "prependListener", "prependOnceListener"]) {
  process[name] = (event, listener) => {
    checkFunction(listener, "listener");
    if (!listeners.has(event)) listeners.set(event, []);
    listeners.get(event).push(listener);
    return process;
  };
}
for (const name of ["off", "removeListener"]) {
  process[name] = (event, listener) => {
    const list = listeners.get(event);
    const at = list?.lastIndexOf(listener) ?? -1;
    if (at >= 0) list.splice(at, 1);
    return process;
  };
}
process.removeAllListeners = (event) => {
  if (event === undefined) listeners.clear();
  else listeners.delete(event);
  return process;
};
process.emit = (event, ...args) => {
  const list = listeners.get(event);
  if (list === undefined || list.length === 0) return false;
  for (const listener of [...list]) listener.apply(process, args);
  return true;
};
process.listeners = (event) => [...(listeners.get(event) ?? [])];
process.listenerCount = (event) => listeners.get(event)?.length ?? 0;
process.eventNames = () => [...listeners.keys()];
process.setMaxListeners = () => process;
process.getMaxListeners = () => events().defaultMaxListeners;


export default process;
