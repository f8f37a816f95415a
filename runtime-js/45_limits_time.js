// Clocks, timers and the timeline of performance: how exact the first are, and how many there may be of the others.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const { op_now, op_time_origin } = ops;
const {
  apply,
  defineProperty,
  limits,
  mapDelete,
  mapSet,
  mathTrunc,
  NativeMap,
  NativeRangeError,
  NativeTypeError,
  ownKeys,
  replace,
  typedBuffer,
  typedByteOffset,
  uncurry,
} = core.loadExtScript("ext:portico/41_limits_kit.js");
const NativeUint32Array = Uint32Array;
const mapSize = uncurry(Object.getOwnPropertyDescriptor(Map.prototype, "size").get);

// === Clocks ===

// As coarse as browsers' for pages that are not isolated from others: finer clocks are what one reads a neighbour's caches with.
const CLOCK_NANOSECONDS = 100_000;

function coarse(read) {
  return (bytes) => {
    read(bytes);
    const words = new NativeUint32Array(typedBuffer(bytes), typedByteOffset(bytes), 2);
    words[1] -= words[1] % CLOCK_NANOSECONDS;
  };
}

ops.op_now = coarse(op_now);
ops.op_time_origin = coarse(op_time_origin);

// === Timers ===

const timers = new NativeMap();

// Timers of signals, which nobody clears: each counts until it is over.
let signals = 0;

function checkTimers() {
  if (mapSize(timers) + signals >= limits.timers) throw new NativeRangeError("Too many timers are set");
}

function limitTimers() {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const set = (native, callback, delay, args, once) => {
    // Code from a string is what `eval` is, which has its own switch; deno_web never runs it.
    if (typeof callback !== "function") {
      throw new NativeTypeError("The callback of a timer must be a function");
    }
    checkTimers();
    const id = native(
      function () {
        if (once) mapDelete(timers, id);
        return apply(callback, globalThis, args);
      },
      delay,
    );
    mapSet(timers, id, true);
    return id;
  };
  const limited = {
    setTimeout(callback, delay = 0, ...args) {
      return set(setTimeout, callback, delay, args, true);
    },
    setInterval(callback, delay = 0, ...args) {
      return set(setInterval, callback, delay, args, false);
    },
    clearTimeout(id = 0) {
      mapDelete(timers, mathTrunc(id));
      clearTimeout(id);
    },
    clearInterval(id = 0) {
      mapDelete(timers, mathTrunc(id));
      clearInterval(id);
    },
  };
  for (const name of ownKeys(limited)) replace(globalThis, name, limited[name]);
}

// `add` is how the platform itself listens to a signal.
function limitSignals(AbortSignal, add) {
  const { timeout } = AbortSignal;
  const limited = {
    timeout(milliseconds) {
      checkTimers();
      const signal = apply(timeout, AbortSignal, arguments);
      signals++;
      signal[add](() => signals--);
      return signal;
    },
  };
  replace(AbortSignal, "timeout", limited.timeout);
}

// === Performance ===

// Marks and measures since their number was last looked at.
let entries = 0;

// The timeline is the isolate's: a function that marks in each request and clears nothing would fill its heap. So what is
// too much is forgotten, all of it at once.
function limitPerformance() {
  const { prototype } = globalThis.Performance;
  const { clearMarks, clearMeasures, getEntries, mark, measure } = prototype;
  const forget = (performance) => {
    if (++entries < limits.performanceEntries) return;
    entries = apply(getEntries, performance, []).length;
    if (entries < limits.performanceEntries / 2) return;
    apply(clearMarks, performance, []);
    apply(clearMeasures, performance, []);
    entries = 0;
  };
  const limited = {
    // A new mark is kept, and so are those that are measured between.
    mark(...args) {
      forget(this);
      return apply(mark, this, args);
    },
    measure(...args) {
      const entry = apply(measure, this, args);
      forget(this);
      return entry;
    },
  };
  for (const name of ownKeys(limited)) {
    defineProperty(limited[name], "length", { value: 1, configurable: true });
    replace(prototype, name, limited[name]);
  }
}

return { limitPerformance, limitSignals, limitTimers };
})();
