// What of a value the console is given to show: no more than a line of the log takes.
//
// The host makes text of values in one go, which nothing can end, and of all of it, however little is shown then. A text of half a
// billion characters costs nothing until it is made text of; so what is too long is cut off before.

(function () {
const { core } = __bootstrap;
const { apply, defineProperty, ownKeys, uncurry } = core.loadExtScript("ext:portico/41_limits_kit.js");
const { isLargeTable } = core.loadExtScript("ext:portico/49_limits_table.js");
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const stringify = String;
const stringSlice = uncurry(String.prototype.slice);
const stringValueOf = uncurry(String.prototype.valueOf);
const symbolValueOf = uncurry(Symbol.prototype.valueOf);
const bigintValueOf = uncurry(BigInt.prototype.valueOf);
const symbolDescription = uncurry(getOwnPropertyDescriptor(Symbol.prototype, "description").get);
const mapEntries = uncurry(Map.prototype.entries);
const mapNext = uncurry(getPrototypeOf(new Map().entries()).next);
const setValues = uncurry(Set.prototype.values);
const setNext = uncurry(getPrototypeOf(new Set().values()).next);
const { toStringTag } = Symbol;

// Twice what a line of the log takes.
const TEXT_LENGTH_MAX = 32 * 1024;
const ARGUMENTS_MAX = 1000;

// Texts of an object and how many values it has within: far above what is shown, far below what is noticed.
const OBJECT_TEXT_LENGTH_MAX = 2 ** 22;
const OBJECT_VALUES_MAX = 100_000;

// How deeply values are shown, and how many of a list.
const DEPTH_MAX = 5;
const ITEMS_MAX = 100;
const PROTOTYPES_MAX = 32;
const CAUSES_MAX = 1000;

// Of a value that is too much, this many of its members are shown, and this much of a text.
const EXCERPT_MEMBERS = 50;
const EXCERPT_LENGTH = 200;

const BIGINT_MAX = 2n ** 65536n;

function isLargeBigInt(value) {
  return value > BIGINT_MAX || value < -BIGINT_MAX;
}

// Texts of an error that are shown whatever else it has.
const ERROR_TEXTS = ["stack", "message", "name"];

// === Does it fit? ===

let text;
let values;

function fits(value) {
  text = OBJECT_TEXT_LENGTH_MAX;
  values = OBJECT_VALUES_MAX;
  return takes(value, 0);
}

// Takes what is shown of a value out of what is left; answers whether it was enough.
function takes(value, depth) {
  if (--values < 0) return false;
  switch (typeof value) {
    case "string":
      text -= value.length;
      break;
    case "symbol":
      text -= symbolDescription(value)?.length ?? 0;
      break;
    case "bigint":
      if (isLargeBigInt(value)) return false;
      break;
    case "object":
    case "function":
      if (value !== null) return takesObject(value, depth);
  }
  return text >= 0;
}

// Values of properties are taken as they are there, because getters are not asked for them; names are read.
function takesObject(object, depth) {
  if (core.isProxy(object)) {
    const details = core.getProxyDetails(object);
    return details === null || details[0] === null || takes(details[0], depth);
  }
  takesNames(object);
  if (typeof object === "function") takesText(read(object, "name"));
  if (core.isNativeError(object) && !takesError(object, depth)) return false;
  if (text < 0) return false;
  if (depth > DEPTH_MAX) return true;
  if (core.isBoxedPrimitive(object)) return takes(unboxed(object), depth + 1);
  if (isView(object)) return true;
  if (isArray(object)) return takesItems(object, depth);
  if (core.isMap(object)) {
    const all = mapEntries(object);
    for (let i = 0; i < ITEMS_MAX; i++) {
      const { done, value } = mapNext(all);
      if (done) break;
      if (!takes(value[0], depth + 1) || !takes(value[1], depth + 1)) return false;
    }
  } else if (core.isPromise(object)) {
    const details = core.getPromiseDetails(object);
    if (details[1] !== undefined && !takes(details[1], depth + 1)) return false;
  } else if (core.isSet(object)) {
    const all = setValues(object);
    for (let i = 0; i < ITEMS_MAX; i++) {
      const { done, value } = setNext(all);
      if (done) break;
      if (!takes(value, depth + 1)) return false;
    }
  }
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = getOwnPropertyDescriptor(object, keys[i]);
    if (descriptor?.enumerable && !takes(descriptor.value, depth + 1)) return false;
    text -= typeof keys[i] === "string" ? keys[i].length : 0;
  }
  return text >= 0;
}

// What a `String`, `Symbol` or `BigInt` is an object of; the others are short.
function unboxed(object) {
  if (core.isStringObject(object)) return stringValueOf(object);
  if (core.isSymbolObject(object)) return symbolValueOf(object);
  return core.isBigIntObject(object) ? bigintValueOf(object) : undefined;
}

function takesItems(list, depth) {
  for (let i = 0; i < list.length && i < ITEMS_MAX; i++) {
    if (!takes(getOwnPropertyDescriptor(list, i)?.value, depth + 1)) return false;
  }
  return true;
}

// Reads a property as the host will, getters and all.
function read(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

function takesText(value) {
  if (typeof value === "string") text -= value.length;
}

// What its kind is called by: its constructor's name, or a name of its own.
function takesNames(object) {
  takesText(read(object, toStringTag));
  for (let i = 0; object !== null && i < PROTOTYPES_MAX; i++) {
    const { value } = getOwnPropertyDescriptor(object, "constructor") ?? {};
    if (typeof value === "function") takesText(read(value, "name"));
    object = getPrototypeOf(object);
  }
}

// An error is shown with all that it was caused by.
function takesError(error, depth) {
  for (let n = 0; n < CAUSES_MAX && text >= 0; n++) {
    for (let i = 0; i < ERROR_TEXTS.length; i++) takesText(read(error, ERROR_TEXTS[i]));
    const errors = read(error, "errors");
    if (errors !== undefined && depth <= DEPTH_MAX && !takes(errors, depth + 1)) return false;
    const cause = read(error, "cause");
    if (!core.isNativeError(cause)) return cause === undefined || depth > DEPTH_MAX || takes(cause, depth + 1);
    error = cause;
  }
  return text >= 0;
}

// === Something shorter ===

// Longer texts fit into no heap, put together from the same pieces they cost nothing: until something is cut out of them.
const CUT_LENGTH_MAX = 2 ** 26;

// At most so many characters of a text.
function cut(value, length) {
  if (value.length <= length) return value;
  return value.length > CUT_LENGTH_MAX ? `[a text of ${value.length} characters]` : stringSlice(value, 0, length);
}

function excerptOf(value) {
  switch (typeof value) {
    case "string":
      return cut(value, EXCERPT_LENGTH);
    case "symbol":
      return cut(symbolDescription(value) ?? "", EXCERPT_LENGTH);
    case "bigint":
      return isLargeBigInt(value) ? "[a number of many digits]" : value;
    case "object":
    case "function":
      return value === null ? null : "[not shown: too large]";
    default:
      return value;
  }
}

// A small object in the place of one that is too much, with the first of its members.
function excerpt(object) {
  if (core.isProxy(object)) return "[not shown: too large]";
  if (core.isNativeError(object)) return cut(stringify(read(object, "stack") ?? ""), TEXT_LENGTH_MAX);
  if (core.isBoxedPrimitive(object)) return excerptOf(unboxed(object));
  const isList = isArray(object);
  const copy = isList ? [] : {};
  const keys = isList ? undefined : ownKeys(object);
  const length = isList ? object.length : keys.length;
  for (let i = 0; i < length && i < EXCERPT_MEMBERS; i++) {
    const key = isList ? i : keys[i];
    const descriptor = getOwnPropertyDescriptor(object, key);
    if (descriptor === undefined) continue;
    defineProperty(copy, typeof key === "symbol" ? "[a symbol]" : key, {
      __proto__: null,
      value: excerptOf(descriptor.value),
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

function shownObject(value) {
  return fits(value) ? value : excerpt(value);
}

// The arguments of a call as they are to be shown; `args` itself is changed.
function shown(args) {
  if (args.length > ARGUMENTS_MAX) args.length = ARGUMENTS_MAX;
  let left = TEXT_LENGTH_MAX;
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    switch (typeof value) {
      case "string":
        args[i] = cut(value, left);
        left = args[i].length > left ? 0 : left - args[i].length;
        break;
      case "symbol":
      case "bigint":
        if (!fits(value)) args[i] = excerptOf(value);
        break;
      case "object":
      case "function":
        if (value !== null) args[i] = shownObject(value);
    }
  }
  return args;
}

// === The console ===

// Methods that make a text of their first argument, whatever it is.
const LABELLED = { __proto__: null, count: true, countReset: true, time: true, timeEnd: true, timeLog: true };

function limitConsole(console) {
  const { log } = console;
  const names = ownKeys(console);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const method = console[name];
    if (typeof method !== "function") continue;
    const isLabelled = LABELLED[name];
    const limited = {
      [name](...args) {
        if (isLabelled && args.length > 0 && args[0] !== undefined) args[0] = stringify(args[0]);
        // What is no table is logged as it is.
        const show = name === "table" && isLargeTable(args[0]) ? log : method;
        return apply(show, console, shown(args));
      },
    };
    console[name] = limited[name];
  }
}

return { cut, limitConsole, shown };
})();
