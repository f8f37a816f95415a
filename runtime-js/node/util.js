// node:util.

import types from "node:util/types";
import { lazily } from "./lib/host.js";
import { argumentType, argumentValue, checkFunction, checkString, outOfRange, plain, type } from "./lib/errors.js";
import { deepEqual } from "./lib/deep_equal.js";

const inspecting = lazily("internal_inspect");
const processModule = lazily("process");
const custom = Symbol.for("nodejs.util.promisify.custom");

// The code behind these is as large as the rest of the module: it is loaded when one of them is called.
function inspect(...args) {
  return Reflect.apply(inspecting().inspect, this, args);
}
inspect.custom = Symbol.for("nodejs.util.inspect.custom");
for (const name of ["defaultOptions", "colors", "styles"]) {
  Object.defineProperty(inspect, name, {
    configurable: true,
    enumerable: true,
    get: () => inspecting().inspect[name],
    set: (value) => inspecting().inspect[name] = value,
  });
}
const format = (...args) => inspecting().format(...args);
const formatWithOptions = (...args) => inspecting().formatWithOptions(...args);
const stripVTControlCharacters = (text) => inspecting().stripVTControlCharacters(text);

function promisify(original) {
  checkFunction(original, "original");
  // The global one is the platform's and knows nothing of this.
  const own = original === globalThis.setTimeout ? __builtin("timers").setTimeout[custom] : original[custom];
  if (own) {
    checkFunction(own, "util.promisify.custom");
    return Object.defineProperty(own, custom, { value: own, enumerable: false, writable: false, configurable: true });
  }
  function promised(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, value) => {
        if (error) reject(error);
        else resolve(value);
      }]);
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  Object.defineProperty(promised, custom, { value: promised, enumerable: false, writable: false, configurable: true });
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;

function callbackify(original) {
  checkFunction(original, "original");
  function called(...args) {
    const callback = args.pop();
    checkFunction(callback, "last argument");
    const done = callback.bind(this);
    const { nextTick } = processModule();
    Reflect.apply(original, this, args).then(
      (value) => nextTick(done, null, value),
      (reason) => {
        if (!reason) {
          const error = plain("ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value");
          error.reason = reason;
          reason = error;
        }
        nextTick(done, reason);
      },
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === "number") descriptors.length.value++;
  if (typeof descriptors.name.value === "string") descriptors.name.value += "Callbackified";
  return Object.defineProperties(called, descriptors);
}

function inherits(constructor, parent) {
  if (typeof constructor !== "function") throw argumentType("ctor", "Function", constructor);
  if (typeof parent !== "function") throw argumentType("superCtor", "Function", parent);
  if (parent.prototype === undefined) throw argumentType("superCtor.prototype", "Object", parent.prototype);
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const deprecations = new Set();

function deprecate(original, message, code) {
  let warned = false;
  function deprecated(...args) {
    if (!warned) {
      warned = true;
      if (code === undefined || !deprecations.has(code)) {
        deprecations.add(code);
        processModule().emitWarning(message, "DeprecationWarning", code);
      }
    }
    return new.target ? Reflect.construct(original, args, new.target) : Reflect.apply(original, this, args);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

function debuglog(set) {
  const name = `${set}`.toUpperCase();
  const enabled = () => {
    const wanted = processModule().env.NODE_DEBUG ?? "";
    return wanted.split(",").some((one) => one.trim().toUpperCase() === name);
  };
  const write = (...args) => {
    if (enabled()) processModule().stderr.write(`${name} 1: ${format(...args)}\n`);
  };
  Object.defineProperty(write, "enabled", { get: enabled, configurable: true, enumerable: true });
  return write;
}

function styleText(style, text, { validateStream = true, stream } = {}) {
  checkString(text, "text");
  let [before, after] = ["", ""];
  for (const name of Array.isArray(style) ? style : [style]) {
    if (name === "none") continue;
    const codes = inspect.colors[name];
    if (codes === undefined) throw argumentValue("format", name, `must be one of: ${Object.keys(inspect.colors).map((key) => `'${key}'`).join(", ")}`);
    before += `\u001b[${codes[0]}m`;
    after = `\u001b[${codes[1]}m${after}`;
  }
  void validateStream, stream;
  return before + text + after;
}

function aborted(signal, resource) {
  if (signal === undefined) throw argumentType("signal", "AbortSignal", signal);
  checkObjectLike(resource);
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function checkObjectLike(value) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) throw argumentType("resource", "Object", value);
}

const ERRORS = {
  1: "EPERM", 2: "ENOENT", 4: "EINTR", 5: "EIO", 9: "EBADF", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 17: "EEXIST", 20: "ENOTDIR",
  21: "EISDIR", 22: "EINVAL", 24: "EMFILE", 28: "ENOSPC", 32: "EPIPE", 98: "EADDRINUSE", 101: "ENETUNREACH", 103: "ECONNABORTED",
  104: "ECONNRESET", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 113: "EHOSTUNREACH",
};

function getSystemErrorName(number) {
  if (typeof number !== "number") throw argumentType("err", "number", number);
  if (number >= 0 || !Number.isSafeInteger(number)) throw outOfRange("err", "a negative integer", number);
  return ERRORS[-number];
}

// Values of options in the form `--name=value`, `--name value`, `-n`; the rest are positionals.
function parseArgs(config = {}) {
  const { args = [], options = {}, strict = true, allowPositionals = !strict, tokens: wantTokens = false } = config;
  const values = { __proto__: null };
  const positionals = [];
  const shorts = Object.fromEntries(Object.entries(options).filter(([, o]) => o.short).map(([name, o]) => [o.short, name]));
  const store = (name, value, raw) => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined && strict) {
      throw type("ERR_PARSE_ARGS_UNKNOWN_OPTION", `Unknown option '${raw}'`);
    }
    if (option?.type === "string" && value === undefined && strict) {
      throw type("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${raw} <value>' argument missing`);
    }
    if (option?.type === "boolean" && value !== undefined && strict) {
      throw type("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${raw}' does not take an argument`);
    }
    const stored = value ?? true;
    if (option?.multiple) (values[name] ??= []).push(stored);
    else values[name] = stored;
  };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const takesValue = (name) => options[name]?.type === "string" && i + 1 < args.length;
    if (arg === "--") {
      positionals.push(...args.slice(i + 1));
      break;
    } else if (arg.startsWith("--")) {
      const at = arg.indexOf("=");
      const name = at < 0 ? arg.slice(2) : arg.slice(2, at);
      const value = at < 0 ? (takesValue(name) ? args[++i] : undefined) : arg.slice(at + 1);
      store(name, value, `--${name}`);
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let j = 1; j < arg.length; j++) {
        const name = shorts[arg[j]] ?? arg[j];
        if (options[name]?.type === "string") {
          const rest = arg.slice(j + 1);
          store(name, rest !== "" ? rest : takesValue(name) ? args[++i] : undefined, `-${arg[j]}`);
          break;
        }
        store(name, undefined, `-${arg[j]}`);
      }
    } else {
      if (!allowPositionals) {
        throw type("ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL", `Unexpected argument '${arg}'. This command does not take positional arguments`);
      }
      positionals.push(arg);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default;
  }
  return wantTokens ? { values, positionals, tokens: [] } : { values, positionals };
}

function parseEnv(text) {
  checkString(text, "content");
  const found = {};
  const line = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|`([^`]*)`|([^#\n]*))/gm;
  for (const [, name, double, single, back, bare] of text.matchAll(line)) {
    found[name] = double !== undefined ? double.replace(/\\n/g, "\n") : single ?? back ?? bare.trim();
  }
  return found;
}

const is = (name) => (value) => typeof value === name;

const util = {
  _extend: (target, source) => source === null || typeof source !== "object" ? target : Object.assign(target, source),
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  styleText,
  formatWithOptions,
  getSystemErrorMap: () => new Map(Object.entries(ERRORS).map(([number, name]) => [-number, [name, name]])),
  getSystemErrorName,
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: is("boolean"),
  isBuffer: (value) => value instanceof __builtin("buffer").Buffer,
  isDeepStrictEqual: (one, other) => deepEqual(one, other, true),
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: is("number"),
  isString: is("string"),
  isSymbol: is("symbol"),
  isUndefined: is("undefined"),
  isRegExp: types.isRegExp,
  isObject: (value) => value !== null && typeof value === "object",
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: is("function"),
  isPrimitive: (value) => value === null || (typeof value !== "object" && typeof value !== "function"),
  log: (...args) => console.log("%s - %s", new Date().toISOString(), format(...args)),
  promisify,
  stripVTControlCharacters,
  toUSVString: (value) => `${value}`.toWellFormed(),
  transferableAbortSignal: (signal) => signal,
  transferableAbortController: () => new AbortController(),
  aborted,
  types,
  parseEnv,
  parseArgs,
  TextDecoder: globalThis.TextDecoder,
  TextEncoder: globalThis.TextEncoder,
};

export default util;
