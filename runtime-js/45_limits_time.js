// Clocks and timers: how exact the ones are, and how many of the others may be set.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const { op_now, op_time_origin } = ops;
const {
  apply,
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

function limitTimers() {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const set = (native, callback, delay, args, once) => {
    // Code from a string is what `eval` is, which has its own switch; deno_web never runs it.
    if (typeof callback !== "function") {
      throw new NativeTypeError("The callback of a timer must be a function");
    }
    if (mapSize(timers) >= limits.timers) {
      throw new NativeRangeError("Too many timers are set");
    }
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

return { limitTimers };
})();
