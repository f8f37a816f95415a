// Runs once in every new isolate, before any code of the function: makes the objects a snapshot cannot hold and
// takes away everything that reaches the host.
//
// It leaves a closure in `internals.portico`, which 30_dispatch.js calls. Functions stand in parentheses so that V8 compiles them at once,
// and the snapshot has their code: they run in every isolate, and in no rehearsal.

(function () {
const { core, internals } = __bootstrap;
const event = core.loadExtScript("ext:deno_web/02_event.js");
const { setTimeOrigin } = core.loadExtScript("ext:deno_web/15_performance.js");
const { Console, setNoColorFns } = core.loadExtScript("ext:deno_web/01_console.js");
const crypto = core.loadExtScript("ext:deno_crypto/00_crypto.js");
const { limitConsole } = core.loadExtScript("ext:portico/49_limits_console.js");
const { sealOps } = core.loadExtScript("ext:portico/05_seal_ops.js");
const { PromiseRejectionEvent, ErrorEvent } = event;

// With their limits, which 40_limits.js has put in the place of the others by now.
const { op_compression_new, op_compression_write, op_compression_finish } = core.ops;

// Global names of Node that the built-in modules define. Each module is loaded when its name is first used, so that who never does
// pays nothing; assigning to a name replaces it, as to any global.
const defineNodeGlobals = (function () {
  const define = (name, load) => {
    Object.defineProperty(globalThis, name, {
      __proto__: null,
      configurable: true,
      enumerable: false,
      get() {
        const value = load();
        set(value);
        return value;
      },
      set,
    });
    function set(value) {
      defineProperty(globalThis, name, { __proto__: null, value, writable: true, configurable: true, enumerable: false });
    }
  };
  const { defineProperty } = Reflect;
  const load = (name) => core.loadExtScript(`ext:portico_node/${name}.js`).default;
  define("Buffer", () => load("buffer").Buffer);
  define("process", () => load("process"));
  define("setImmediate", () => load("timers").setImmediate);
  define("clearImmediate", () => load("timers").clearImmediate);
  Object.defineProperty(globalThis, "global", core.propNonEnumerable(globalThis));
});

// `log(level, text)` receives what a function writes to its console, already formatted.
const makeConsole = (function (log) {
  setNoColorFns(() => true, () => true);
  const console = new Console((text, level) => log(level, text));
  limitConsole(console);
  Object.defineProperty(globalThis, "console", core.propNonEnumerable(console));
});

const messageOf = (function (error) {
  try {
    return String(error?.message ?? error);
  } catch {
    return "";
  }
});

// Nothing a function leaves unhandled may end the isolate that others' requests share: listeners see the event as on the web,
// then `report(error)` writes it to the log.
const watchErrors = (function (report) {
  event.setEventTargetData(globalThis);
  core.setReportExceptionCallback((error) => {
    globalThis.dispatchEvent(new ErrorEvent("error", { cancelable: true, error, message: messageOf(error) }));
  });
  // Prevented, because deno_web ends the isolate for what a listener throws and nobody prevents.
  globalThis.addEventListener("error", (e) => {
    report("Uncaught (in a callback)", e.error);
    e.preventDefault();
  });
  core.setUnhandledPromiseRejectionHandler((promise, reason) => {
    const e = new PromiseRejectionEvent("unhandledrejection", { cancelable: true, promise, reason });
    globalThis.dispatchEvent(e);
    if (!e.defaultPrevented) report("Uncaught (in promise)", reason);
    return true;
  });
  core.setHandledPromiseRejectionHandler((promise, reason) => {
    globalThis.dispatchEvent(new PromiseRejectionEvent("rejectionhandled", { promise, reason }));
  });
  // The handler of this one gets the parts of the event, and prevents by answering true.
  event.defineEventHandler(globalThis, "error", undefined, true);
  event.defineEventHandler(globalThis, "unhandledrejection");
  event.defineEventHandler(globalThis, "rejectionhandled");
});

// Functions of the host that deno_crypto leaves on its classes. One of them puts symbols where all isolates of the thread look for
// theirs, and the next isolate that makes a key would end the process (deno_core reference 1.5); others read keys that are not to be
// read. `crypto` exists already, so nothing needs them any more but the built-in modules.
const hideCryptoStatics = (function () {
  const { CryptoKey, Crypto, SubtleCrypto } = crypto;
  const { apply } = Reflect;
  const { importSync, exportNodeMaterial } = CryptoKey;
  internals.portico.cryptoKeys = {
    importKey: (...args) => apply(importSync, CryptoKey, args),
    exportKey: (key) => apply(exportNodeMaterial, CryptoKey, [key]),
  };
  for (const name of ["importSync", "exportNodeMaterial", "fromCloneData"]) delete CryptoKey[name];
  for (const name of ["create", "registerSymbols"]) delete Crypto[name];
  delete SubtleCrypto.create;
});

// Streaming compilation has no handler here and would abort the process; shared memory has no second thread to share with and is
// a clock of any precision.
const removeHazards = (function () {
  delete WebAssembly.compileStreaming;
  delete WebAssembly.instantiateStreaming;
  delete globalThis.SharedArrayBuffer;
  delete globalThis.Atomics;
  limitSplit();
});

// More elements than V8 lets an array have, and more than fit into any isolate's heap.
const SPLIT_LENGTH_MAX = 2 ** 26;

// V8 ends the process, not the function, when an array would have too many elements: what splitting a string of half a billion
// characters asks for. Such a string costs nothing until then.
const limitSplit = (function () {
  const { apply, defineProperty } = Reflect;
  const { split } = String.prototype;
  const NativeRangeError = RangeError;
  const stringify = String;
  const limited = {
    split(separator, limit) {
      let text = this;
      if (text !== undefined && text !== null) {
        if (typeof text !== "string") text = stringify(text);
        if (text.length > SPLIT_LENGTH_MAX) throw new NativeRangeError("The string is too long to be split");
      }
      return apply(split, text, [separator, limit]);
    },
  };
  defineProperty(String.prototype, "split", { __proto__: null, value: limited.split, writable: true, configurable: true });
});

// The scripts captured what they need; user code must find no way to it. The built-in modules are loaded later and find theirs in
// `internals.portico.ops`.
const hideHost = (function () {
  const { ops } = core;
  sealOps();
  const kept = { __proto__: null };
  for (const name of Object.keys(ops)) {
    if (name.startsWith("op_node_")) kept[name] = ops[name];
    delete ops[name];
  }
  internals.portico.ops = kept;
  delete globalThis.Deno;
  delete globalThis.__bootstrap;
  delete globalThis.bootstrap;
});

internals.portico = {
  bootstrap: (function ({ env, userAgent, log, report }) {
    setTimeOrigin();
    // For the built-in modules.
    internals.portico.env = env;
    internals.portico.log = log;
    const { fetch, setTimeout, setInterval, clearTimeout } = globalThis;
    internals.portico.fetch = fetch;
    internals.portico.compression = { create: op_compression_new, write: op_compression_write, finish: op_compression_finish };
    internals.portico.timers = { setTimeout, setInterval, clearTimeout };
    makeConsole(log);
    watchErrors(report);
    removeHazards();
    Object.defineProperties(globalThis, {
      crypto: core.propReadOnly(crypto.crypto),
      navigator: core.propReadOnly(Object.freeze({ userAgent, language: "en-US", hardwareConcurrency: 1 })),
    });
    hideCryptoStatics();
    defineNodeGlobals();
    hideHost();
  }),
};

return {};
})();
