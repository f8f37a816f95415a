// Errors with the codes of Node, which packages compare with.

const { Error, TypeError, RangeError, ObjectDefineProperty, ErrorCaptureStackTrace } = __bootstrap.primordials;

function coded(Base) {
  return function (code, message) {
    const error = new Base(message);
    ObjectDefineProperty(error, "code", { __proto__: null, value: code, enumerable: true, writable: true, configurable: true });
    // The stack names the code; `name` does not.
    const { name } = error;
    ObjectDefineProperty(error, "name", { __proto__: null, value: `${name} [${code}]`, enumerable: false, writable: true, configurable: true });
    ErrorCaptureStackTrace(error);
    void error.stack;
    delete error.name;
    return error;
  };
}

export const plain = coded(Error);
export const type = coded(TypeError);
export const range = coded(RangeError);

function shown(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : "an object";
  }
  let text = typeof value === "string" ? `'${value}'` : String(value);
  if (typeof value === "bigint") text += "n";
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return `type ${typeof value} (${text})`;
}

const PRIMITIVES = ["string", "function", "number", "object", "Function", "Object", "boolean", "bigint", "symbol"];

function either(list) {
  const last = list.length - 1;
  if (last <= 0) return `${list}`;
  return last === 1 ? `${list[0]} or ${list[1]}` : `${list.slice(0, last).join(", ")}, or ${list[last]}`;
}

export function argumentType(name, expected, value) {
  const all = Array.isArray(expected) ? expected : [expected];
  const types = all.filter((one) => PRIMITIVES.includes(one)).map((one) => one.toLowerCase());
  const classes = all.filter((one) => !PRIMITIVES.includes(one));
  const parts = [];
  if (types.length > 0) parts.push(types.length > 1 ? `one of type ${either(types)}` : `of type ${types[0]}`);
  if (classes.length > 0) parts.push(`an instance of ${either(classes)}`);
  const what = name.includes(".") ? "property" : "argument";
  const subject = name.endsWith(" argument") ? `The ${name}` : `The "${name}" ${what}`;
  const received = value === null || value === undefined ? `${value}` : shown(value);
  return type("ERR_INVALID_ARG_TYPE", `${subject} must be ${parts.join(" or ")}. Received ${received}`);
}

export function argumentValue(name, value, reason = "is invalid") {
  const text = typeof value === "string" ? `'${value}'` : inspected(value);
  const what = name.includes(".") ? "property" : "argument";
  return type("ERR_INVALID_ARG_VALUE", `The ${what} '${name}' ${reason}. Received ${text}`);
}

function inspected(value) {
  try {
    return __builtin("internal_inspect").inspect(value);
  } catch {
    return String(value);
  }
}

function grouped(text) {
  return text.replace(/\B(?=(\d{3})+$)/g, "_");
}

export function outOfRange(name, expected, value) {
  let text;
  if (typeof value === "bigint") text = `${grouped(`${value}`)}n`;
  else if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) text = grouped(`${value}`);
  else text = typeof value === "number" ? `${value}` : inspected(value);
  return range("ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${expected}. Received ${text}`);
}

// What a module has for importing only.
export function notSupported(what) {
  return plain("ERR_NOT_SUPPORTED", `${what} is not supported in a function`);
}

export function checkFunction(value, name) {
  if (typeof value !== "function") throw argumentType(name, "Function", value);
}

export function checkString(value, name) {
  if (typeof value !== "string") throw argumentType(name, "string", value);
}

export function checkInteger(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== "number") throw argumentType(name, "number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

export function checkObject(value, name) {
  if (value === null || typeof value !== "object") throw argumentType(name, "Object", value);
}
