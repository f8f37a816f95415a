// Timers as Node has them: objects with `ref`, `unref` and `refresh` over the platform's timers, and immediates.

import { core, internals, primordials } from "./lib/host.js";
import { checkFunction } from "./lib/errors.js";

// The global ones as they were before any code of the function, with their limits. The platform wants them called without a receiver.
const { setTimeout: start, setInterval: startRepeating, clearTimeout: stop } = internals.portico.timers;
const { getAsyncContext, setAsyncContext, queueImmediate, immediateRefCount, kRefed } = core;
const { ReflectApply, Symbol, SymbolToPrimitive, SymbolDispose, ObjectDefineProperty, MathTrunc } = primordials;

const promisified = Symbol.for("nodejs.util.promisify.custom");
const DELAY_MS_MAX = 2 ** 31 - 1;

function delayOf(value) {
  const delay = +value;
  return delay >= 1 && delay <= DELAY_MS_MAX ? MathTrunc(delay) : 1;
}

class Timeout {
  #callback;
  #args;
  #delay;
  #repeat;
  #id;
  #referenced = true;

  constructor(callback, delay, args, repeat) {
    checkFunction(callback, "callback");
    this.#callback = callback;
    this.#args = args;
    this.#delay = delayOf(delay);
    this.#repeat = repeat;
    this.#start();
  }

  #start() {
    const fire = () => {
      if (!this.#repeat) this.#id = undefined;
      ReflectApply(this.#callback, this, this.#args);
    };
    this.#id = this.#repeat ? startRepeating(fire, this.#delay) : start(fire, this.#delay);
  }

  ref() {
    this.#referenced = true;
    return this;
  }

  // A function ends with its request, whatever timers there are.
  unref() {
    this.#referenced = false;
    return this;
  }

  hasRef() {
    return this.#referenced;
  }

  refresh() {
    if (this.#id !== undefined) {
      stop(this.#id);
      this.#start();
    }
    return this;
  }

  close() {
    if (this.#id !== undefined) stop(this.#id);
    this.#id = undefined;
    return this;
  }

  [SymbolToPrimitive]() {
    return this.#id ?? 0;
  }

  [SymbolDispose]() {
    this.close();
  }

  static is(value) {
    return typeof value === "object" && value !== null && #id in value;
  }
}
const isTimeout = Timeout.is;
delete Timeout.is;

// Its fields are those that the engine's queue reads.
class Immediate {
  constructor(callback, args) {
    checkFunction(callback, "callback");
    const context = getAsyncContext();
    this._idleNext = null;
    this._idlePrev = null;
    this._argv = null;
    this._destroyed = false;
    this[kRefed] = true;
    this._onImmediate = () => {
      const before = getAsyncContext();
      setAsyncContext(context);
      try {
        ReflectApply(callback, undefined, args);
      } finally {
        setAsyncContext(before);
      }
    };
    for (const name of ["_idleNext", "_idlePrev", "_argv", "_destroyed", "_onImmediate", kRefed]) {
      ObjectDefineProperty(this, name, { __proto__: null, enumerable: false });
    }
    immediateRefCount(true);
    queueImmediate(this);
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return this._destroyed === false;
  }

  [SymbolDispose]() {
    clearImmediate(this);
  }
}

function setTimeout(callback, delay, ...args) {
  return new Timeout(callback, delay, args, false);
}

function setInterval(callback, delay, ...args) {
  return new Timeout(callback, delay, args, true);
}

function clear(timer) {
  if (isTimeout(timer)) timer.close();
  else if (typeof timer === "number" || typeof timer === "string") stop(+timer);
}

function setImmediate(callback, ...args) {
  return new Immediate(callback, args);
}

function clearImmediate(immediate) {
  if (immediate instanceof Immediate) core.clearImmediate(immediate);
}

function abortError(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

function abortable(begin, end, value, options) {
  const signal = options?.signal;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const onAbort = () => {
      end(timer);
      reject(abortError(signal));
    };
    const timer = begin(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function* every(delay, value, options) {
  const signal = options?.signal;
  if (signal?.aborted) throw abortError(signal);
  let due = 0;
  let wake;
  const timer = setInterval(() => {
    due++;
    wake?.();
  }, delay);
  const onAbort = () => wake?.();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (true) {
      if (signal?.aborted) throw abortError(signal);
      if (due === 0) await new Promise((resolve) => wake = resolve);
      wake = undefined;
      for (; due > 0; due--) yield value;
    }
  } finally {
    clear(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

const promises = {
  setTimeout: (delay, value, options) => abortable((fire) => setTimeout(fire, delay), clear, value, options),
  setImmediate: (value, options) => abortable((fire) => setImmediate(fire), clearImmediate, value, options),
  setInterval: every,
  scheduler: {
    wait: (delay, options) => promises.setTimeout(delay, undefined, options),
    yield: () => promises.setImmediate(),
  },
};

for (const [target, value] of [[setTimeout, promises.setTimeout], [setImmediate, promises.setImmediate]]) {
  ObjectDefineProperty(target, promisified, { __proto__: null, value, enumerable: true });
}

export default {
  setTimeout,
  clearTimeout: clear,
  setImmediate,
  clearImmediate,
  setInterval,
  clearInterval: clear,
  promises,
};
