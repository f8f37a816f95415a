// node:module: `createRequire` gives a `require` of the built-in modules; there are no other modules to load at run time.

import { refusing } from "./lib/stub.js";
import { argumentValue, checkString, plain } from "./lib/errors.js";

const builtinModules = [
  "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
  "diagnostics_channel", "dns", "dns/promises", "events", "fs", "fs/promises", "http", "http2", "https", "inspector", "module", "net", "os",
  "path", "path/posix", "path/win32", "perf_hooks", "process", "punycode", "querystring", "readline", "readline/promises", "stream",
  "stream/consumers", "stream/promises", "stream/web", "string_decoder", "sys", "timers", "timers/promises", "tls", "tty", "url", "util",
  "util/types", "v8", "vm", "worker_threads", "zlib",
];

function builtin(name) {
  const short = typeof name === "string" && name.startsWith("node:") ? name.slice(5) : name;
  if (!builtinModules.includes(short)) return undefined;
  if (short === "module") return Module;
  return __builtin(short === "sys" ? "util" : short.replace("/", "_"));
}

function isBuiltin(name) {
  return builtinModules.includes(`${name}`.replace(/^node:/, ""));
}

function createRequire(file) {
  if (typeof file !== "string" && !(file instanceof URL)) {
    throw argumentValue("filename", file, "must be a file URL object, file URL string, or absolute path string");
  }
  function require(id) {
    checkString(id, "id");
    if (!isBuiltin(id)) {
      throw plain("MODULE_NOT_FOUND", `Cannot find module '${id}': a function can require built-in modules only; bundle the others`);
    }
    return builtin(id);
  }
  require.resolve = (id) => {
    if (isBuiltin(id)) return id;
    throw plain("MODULE_NOT_FOUND", `Cannot find module '${id}'`);
  };
  require.cache = { __proto__: null };
  require.main = undefined;
  return require;
}

function Module() {}

Object.assign(Module, refusing("module", ["register", "syncBuiltinESMExports", "findSourceMap", "runMain", "SourceMap"]), {
  Module,
  builtinModules,
  builtin,
  createRequire,
  isBuiltin,
});
Object.defineProperty(Module, "builtin", { enumerable: false });

export default Module;
