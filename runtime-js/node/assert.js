// node:assert.

import { argumentType, argumentValue, type } from "./lib/errors.js";
import { deepEqual as compare } from "./lib/deep_equal.js";
import { lazily } from "./lib/host.js";

const inspected = lazily("internal_inspect");

function shown(value) {
  return inspected().inspect(value, {
    compact: false,
    customInspect: false,
    depth: 1000,
    maxArrayLength: Infinity,
    showHidden: false,
    showProxy: false,
    sorted: true,
    getters: true,
  });
}

const PHRASES = {
  deepStrictEqual: "Expected values to be strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  deepEqual: "Expected values to be loosely deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
};

function messageFor(operator, actual, expected) {
  if (operator === "strictEqual" && (typeof actual !== "object" || actual === null) && (typeof expected !== "object" || expected === null)) {
    return `${PHRASES.strictEqual}\n\n${shown(actual)} !== ${shown(expected)}\n`;
  }
  if (operator === "==" || operator === "!=") return `${shown(actual)} ${operator} ${shown(expected)}`;
  if (operator.startsWith("not")) return `${PHRASES[operator]}${operator === "notStrictEqual" && typeof actual !== "object" ? " " : "\n\n"}${shown(actual)}${typeof actual === "object" ? "\n" : ""}`;
  const [left, right] = [shown(actual).split("\n"), shown(expected).split("\n")];
  const lines = [];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if (left[i] === right[i]) lines.push(`  ${left[i]}`);
    else {
      if (left[i] !== undefined) lines.push(`+ ${left[i]}`);
      if (right[i] !== undefined) lines.push(`- ${right[i]}`);
    }
  }
  return `${PHRASES[operator] ?? operator}\n+ actual - expected\n\n${lines.join("\n")}`;
}

class AssertionError extends Error {
  constructor(options) {
    if (options === null || typeof options !== "object") throw argumentType("options", "Object", options);
    const { message, actual, expected, operator, stackStartFn } = options;
    super(message !== undefined && message !== null ? String(message) : messageFor(operator ?? "fail", actual, expected));
    this.generatedMessage = message === undefined || message === null;
    Object.defineProperty(this, "name", { value: "AssertionError [ERR_ASSERTION]", enumerable: false, writable: true, configurable: true });
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Error.captureStackTrace?.(this, stackStartFn);
    void this.stack;
    this.name = "AssertionError";
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

function failWith(options) {
  if (options.message instanceof Error) throw options.message;
  throw new AssertionError(options);
}

function isTruthy(start, args) {
  const [value, message] = args;
  if (value) return;
  const generated = args.length === 0 || message === undefined || message === null;
  if (message instanceof Error) throw message;
  const error = new AssertionError({
    actual: value,
    expected: true,
    operator: "==",
    message: generated
      ? args.length === 0 ? "No value argument passed to `assert.ok()`" : "The expression evaluated to a falsy value"
      : message,
    stackStartFn: start,
  });
  error.generatedMessage = generated;
  throw error;
}

function needTwo(args) {
  if (args.length < 2) throw type("ERR_MISSING_ARGS", 'The "actual" and "expected" arguments must be specified');
}

function comparison(name, operator, passes) {
  return {
    [name](...args) {
      needTwo(args);
      const [actual, expected, message] = args;
      if (!passes(actual, expected)) failWith({ actual, expected, message, operator, stackStartFn: this?.[name] });
    },
  }[name];
}

function expectedError(error, expected, message, operator) {
  if (expected === undefined) return;
  const wrong = (text) => {
    const failure = new AssertionError({ actual: error, expected, operator, message: message ?? text });
    failure.generatedMessage = message === undefined;
    if (message instanceof Error) throw message;
    throw failure;
  };
  if (typeof expected === "object" && expected !== null && !(expected instanceof RegExp)) {
    if (typeof error !== "object" || error === null) wrong(`Expected values to be strictly deep-equal:\n${shown(error)}`);
    const keys = Object.keys(expected);
    if (expected instanceof Error) keys.push("name", "message");
    else if (keys.length === 0) throw argumentValue("error", expected, "may not be an empty object");
    for (const key of keys) {
      if (typeof error[key] === "string" && expected[key] instanceof RegExp && expected[key].test(error[key])) continue;
      if (!(key in error) || !compare(error[key], expected[key], true)) wrong(messageFor("deepStrictEqual", error[key], expected[key]));
    }
    return;
  }
  if (expected instanceof RegExp) {
    if (!expected.test(String(error))) {
      wrong(`The input did not match the regular expression ${shown(expected)}. Input:\n\n${shown(String(error))}\n`);
    }
    return;
  }
  if (typeof expected !== "function") throw argumentType("expected", ["Function", "Error", "RegExp", "Object"], expected);
  if (expected.prototype !== undefined && error instanceof expected) return;
  if (Error.isPrototypeOf(expected) || expected === Error) {
    const name = error?.constructor?.name ?? typeof error;
    wrong(`The error is expected to be an instance of "${expected.name}". Received ${error instanceof Error ? `"${name}"` : `"${shown(error)}"`}${error instanceof Error ? `\n\nError message:\n\n${error.message}` : ""}`);
  }
  const result = expected.call({}, error);
  if (result !== true) {
    wrong(`The ${expected.name ? `"${expected.name}" ` : ""}validation function is expected to return "true". Received ${shown(result)}\n\nCaught error:\n\n${error}`);
  }
}

const NOTHING = Symbol("nothing");

function thrownBy(action) {
  if (typeof action !== "function") throw argumentType("fn", "Function", action);
  try {
    action();
  } catch (error) {
    return error;
  }
  return NOTHING;
}

async function rejectionOf(action) {
  let promise = action;
  if (typeof action === "function") {
    promise = action();
    if (typeof promise?.then !== "function") {
      throw type("ERR_INVALID_RETURN_VALUE", `Expected instance of Promise to be returned from the "promiseFn" function but got ${promise === null ? "null" : `type ${typeof promise}`}.`);
    }
  } else if (typeof promise?.then !== "function") throw argumentType("promiseFn", ["Function", "Promise"], promise);
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return NOTHING;
}

function mustThrow(operator, error, args) {
  let [expected, message] = args;
  if (typeof expected === "string") {
    if (args.length > 1) throw argumentType("error", ["Object", "Error", "Function", "RegExp"], expected);
    if (error !== NOTHING && (error?.message === expected || error === expected)) {
      throw type("ERR_AMBIGUOUS_ARGUMENT", `The "error/message" argument is ambiguous. The error message "${expected}" is identical to the message.`);
    }
    message = expected;
    expected = undefined;
  }
  if (error === NOTHING) {
    let detail = "";
    if (expected?.name) detail = ` (${expected.name})`;
    detail += message ? `: ${message}` : ".";
    const kind = operator === "rejects" ? "rejection" : "exception";
    const failure = new AssertionError({ actual: undefined, expected, operator, message: `Missing expected ${kind}${detail}` });
    if (message instanceof Error) throw message;
    throw failure;
  }
  expectedError(error, expected, message, operator);
}

function mustNotThrow(operator, error, args) {
  let [expected, message] = args;
  if (error === NOTHING) return;
  if (typeof expected === "string") {
    message = expected;
    expected = undefined;
  }
  const matches = expected === undefined || (expected instanceof RegExp ? expected.test(String(error)) : error instanceof expected);
  if (!matches) throw error;
  const kind = operator === "doesNotReject" ? "rejection" : "exception";
  throw new AssertionError({
    actual: error,
    expected,
    operator,
    message: `Got unwanted ${kind}${message ? `: ${message}` : "."}\nActual message: "${error?.message}"`,
  });
}

function matching(name, wanted) {
  return {
    [name](text, pattern, message) {
      if (!(pattern instanceof RegExp)) throw argumentType("regexp", "RegExp", pattern);
      if (typeof text === "string" && pattern.test(text) === wanted) return;
      if (message instanceof Error) throw message;
      const generated = message === undefined;
      const failure = new AssertionError({
        actual: text,
        expected: pattern,
        operator: name,
        message: message ?? (typeof text !== "string"
          ? `The "string" argument must be of type string. Received type ${typeof text} (${shown(text)})`
          : `${wanted ? "The input did not match the regular expression" : "The input was expected to not match the regular expression"} ${shown(pattern)}. Input:\n\n${shown(text)}\n`),
      });
      failure.generatedMessage = generated;
      throw failure;
    },
  }[name];
}

function methods(start) {
  return {
    fail(message) {
      if (message instanceof Error) throw message;
      const error = new AssertionError({ message: message ?? "Failed", operator: "fail" });
      error.generatedMessage = message === undefined;
      throw error;
    },
    AssertionError,
    ok(...args) {
      isTruthy(start, args);
    },
    equal: comparison("equal", "==", (one, other) => one == other || (one !== one && other !== other)),
    notEqual: comparison("notEqual", "!=", (one, other) => !(one == other || (one !== one && other !== other))),
    deepEqual: comparison("deepEqual", "deepEqual", (one, other) => compare(one, other, false)),
    notDeepEqual: comparison("notDeepEqual", "notDeepEqual", (one, other) => !compare(one, other, false)),
    deepStrictEqual: comparison("deepStrictEqual", "deepStrictEqual", (one, other) => compare(one, other, true)),
    notDeepStrictEqual: comparison("notDeepStrictEqual", "notDeepStrictEqual", (one, other) => !compare(one, other, true)),
    strictEqual: comparison("strictEqual", "strictEqual", Object.is),
    notStrictEqual: comparison("notStrictEqual", "notStrictEqual", (one, other) => !Object.is(one, other)),
    throws(action, ...args) {
      mustThrow("throws", thrownBy(action), args);
    },
    async rejects(action, ...args) {
      mustThrow("rejects", await rejectionOf(action), args);
    },
    doesNotThrow(action, ...args) {
      mustNotThrow("doesNotThrow", thrownBy(action), args);
    },
    async doesNotReject(action, ...args) {
      mustNotThrow("doesNotReject", await rejectionOf(action), args);
    },
    ifError(value) {
      if (value === null || value === undefined) return;
      const text = typeof value === "object" && typeof value.message === "string"
        ? value.message.length === 0 && value.constructor ? value.constructor.name : value.message
        : shown(value);
      const error = new AssertionError({ actual: value, expected: null, operator: "ifError", message: `ifError got unwanted exception: ${text}` });
      error.generatedMessage = true;
      throw error;
    },
    match: matching("match", true),
    doesNotMatch: matching("doesNotMatch", false),
  };
}

function assert(...args) {
  isTruthy(assert, args);
}
Object.assign(assert, methods(assert));

function strict(...args) {
  isTruthy(strict, args);
}
Object.assign(strict, assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
strict.strict = strict;
assert.strict = strict;

export default assert;
