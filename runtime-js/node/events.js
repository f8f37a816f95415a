// node:events.

import { argumentType, checkFunction, outOfRange, plain } from "./lib/errors.js";
import { lazily } from "./lib/host.js";

const inspected = lazily("internal_inspect");
const processModule = lazily("process");
const hooks = lazily("async_hooks");

const kCapture = Symbol("kCapture");
const kErrorMonitor = Symbol("events.errorMonitor");
const kRejection = Symbol.for("nodejs.rejection");
const kMaxEventTargetListeners = Symbol("events.maxEventTargetListeners");
const kTargetListeners = Symbol.for("portico.listeners");

let defaultMaxListeners = 10;

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

EventEmitter.init = function (options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners ||= undefined;
  const capture = options?.captureRejections;
  if (capture !== undefined && typeof capture !== "boolean") throw argumentType("options.captureRejections", "boolean", capture);
  this[kCapture] = capture ?? EventEmitter.captureRejections;
  Object.defineProperty(this, kCapture, { enumerable: false });
};

function listOf(emitter, type) {
  const found = emitter._events?.[type];
  return found === undefined ? [] : typeof found === "function" ? [found] : found;
}

function unwrapped(list) {
  return list.map((listener) => listener.listener ?? listener);
}

function rejected(emitter, error, type, args) {
  if (typeof emitter[kRejection] === "function") emitter[kRejection](error, type, ...args);
  else {
    const before = emitter[kCapture];
    try {
      emitter[kCapture] = false;
      emitter.emit("error", error);
    } finally {
      emitter[kCapture] = before;
    }
  }
}

function call(emitter, listener, type, args) {
  const result = Reflect.apply(listener, emitter, args);
  if (result !== undefined && result !== null && emitter[kCapture] && typeof result.then === "function") {
    result.then(undefined, (error) => processModule().nextTick(rejected, emitter, error, type, args));
  }
}

function unhandled(error) {
  if (error instanceof Error) return error;
  let text;
  try {
    text = inspected().inspect(error);
  } catch {
    text = String(error);
  }
  const wrapped = plain("ERR_UNHANDLED_ERROR", `Unhandled error. (${text})`);
  wrapped.context = error;
  return wrapped;
}

Object.assign(EventEmitter.prototype, {
  setMaxListeners(n) {
    if (typeof n !== "number" || n < 0 || Number.isNaN(n)) {
      throw typeof n === "number" ? outOfRange("setMaxListeners", ">= 0", n) : argumentType("setMaxListeners", "number", n);
    }
    this._maxListeners = n;
    return this;
  },

  getMaxListeners() {
    return this._maxListeners ?? defaultMaxListeners;
  },

  emit(type, ...args) {
    const events = this._events;
    if (type === "error") {
      if (events !== undefined && events[kErrorMonitor] !== undefined) this.emit(kErrorMonitor, ...args);
      if (events === undefined || events.error === undefined) throw unhandled(args[0]);
    }
    const found = events?.[type];
    if (found === undefined) return false;
    if (typeof found === "function") call(this, found, type, args);
    else for (const listener of found.slice()) call(this, listener, type, args);
    return true;
  },

  addListener(type, listener) {
    return add(this, type, listener, false);
  },

  prependListener(type, listener) {
    return add(this, type, listener, true);
  },

  once(type, listener) {
    checkFunction(listener, "listener");
    return this.on(type, onceOf(this, type, listener));
  },

  prependOnceListener(type, listener) {
    checkFunction(listener, "listener");
    return this.prependListener(type, onceOf(this, type, listener));
  },

  removeListener(type, listener) {
    checkFunction(listener, "listener");
    const list = listOf(this, type);
    const at = list.findLastIndex((one) => one === listener || one.listener === listener);
    if (at < 0) return this;
    const original = list[at].listener ?? listener;
    if (list.length === 1) {
      delete this._events[type];
      this._eventsCount--;
    } else {
      const rest = list.toSpliced(at, 1);
      this._events[type] = rest.length === 1 ? rest[0] : rest;
    }
    if (this._events.removeListener !== undefined) this.emit("removeListener", type, original);
    return this;
  },

  removeAllListeners(type) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (type === undefined) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) {
        delete events[type];
        this._eventsCount--;
      }
      return this;
    }
    if (type === undefined) {
      for (const key of Reflect.ownKeys(events)) if (key !== "removeListener") this.removeAllListeners(key);
      this.removeAllListeners("removeListener");
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else {
      for (const listener of listOf(this, type).slice().reverse()) this.removeListener(type, listener);
    }
    return this;
  },

  listeners(type) {
    return unwrapped(listOf(this, type));
  },

  rawListeners(type) {
    return listOf(this, type).slice();
  },

  listenerCount(type, listener) {
    const list = listOf(this, type);
    return listener == null ? list.length : list.filter((one) => one === listener || one.listener === listener).length;
  },

  eventNames() {
    return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
  },
});
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

function onceOf(emitter, type, listener) {
  let fired = false;
  const wrapper = function (...args) {
    if (fired) return undefined;
    fired = true;
    emitter.removeListener(type, wrapper);
    return Reflect.apply(listener, emitter, args);
  };
  wrapper.listener = listener;
  return wrapper;
}

function add(emitter, type, listener, first) {
  checkFunction(listener, "listener");
  if (emitter._events === undefined) {
    emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (emitter._events.newListener !== undefined) {
    emitter.emit("newListener", type, listener.listener ?? listener);
  }
  const found = emitter._events[type];
  if (found === undefined) {
    emitter._events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  const list = typeof found === "function" ? [found] : found;
  if (first) list.unshift(listener);
  else list.push(listener);
  emitter._events[type] = list;
  const most = emitter.getMaxListeners();
  if (most > 0 && list.length > most && !list.warned) {
    list.warned = true;
    const name = emitter.constructor?.name ?? "EventEmitter";
    const warning = new Error(
      `Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added to [${name}]. ` +
        `MaxListeners is ${most}. Use emitter.setMaxListeners() to increase limit`,
    );
    warning.name = "MaxListenersExceededWarning";
    processModule().emitWarning(warning);
  }
  return emitter;
}

function aborted(signal) {
  const error = new Error("The operation was aborted", { cause: signal?.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

function checkSignal(signal, name) {
  if (signal !== undefined && (signal === null || typeof signal !== "object" || !("aborted" in signal))) {
    throw argumentType(name, "AbortSignal", signal);
  }
}

function isTarget(value) {
  return typeof value?.addEventListener === "function";
}

function listen(emitter, name, listener, options) {
  if (typeof emitter?.on === "function") {
    if (options?.once) emitter.once(name, listener);
    else emitter.on(name, listener);
  } else if (isTarget(emitter)) emitter.addEventListener(name, listener, options);
  else throw argumentType("emitter", "EventEmitter", emitter);
}

function unlisten(emitter, name, listener) {
  if (typeof emitter.removeListener === "function") emitter.removeListener(name, listener);
  else emitter.removeEventListener?.(name, listener);
}

async function once(emitter, name, options = {}) {
  const { signal } = options;
  checkSignal(signal, "options.signal");
  if (signal?.aborted) throw aborted(signal);
  return await new Promise((resolve, reject) => {
    const stop = () => {
      unlisten(emitter, name, onEvent);
      if (!isTarget(emitter) || typeof emitter.on === "function") unlisten(emitter, "error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    const onError = (error) => {
      stop();
      reject(error);
    };
    const onEvent = (...args) => {
      stop();
      resolve(args);
    };
    const onAbort = () => {
      stop();
      reject(aborted(signal));
    };
    listen(emitter, name, onEvent, { once: true });
    if (name !== "error" && typeof emitter.once === "function") emitter.once("error", onError);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function on(emitter, name, options = {}) {
  const { signal } = options;
  checkSignal(signal, "options.signal");
  if (signal?.aborted) throw aborted(signal);
  const events = [];
  const waiting = [];
  let failure;
  let finished = false;
  const onEvent = (...args) => {
    const next = waiting.shift();
    if (next) next.resolve({ value: args, done: false });
    else events.push(args);
  };
  const onError = (error) => {
    const next = waiting.shift();
    if (next) next.reject(error);
    else failure = { error };
    close();
  };
  const onAbort = () => onError(aborted(signal));
  const close = () => {
    finished = true;
    unlisten(emitter, name, onEvent);
    if (typeof emitter.on === "function") unlisten(emitter, "error", onError);
    for (const end of options.close ?? []) unlisten(emitter, end, close);
    signal?.removeEventListener("abort", onAbort);
    for (const next of waiting.splice(0)) next.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  listen(emitter, name, onEvent);
  if (name !== "error" && typeof emitter.on === "function") emitter.on("error", onError);
  for (const end of options.close ?? []) listen(emitter, end, close);
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    __proto__: Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype),
    next() {
      if (events.length > 0) return Promise.resolve({ value: events.shift(), done: false });
      if (failure) {
        const { error } = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: close,
    throw(error) {
      if (!(error instanceof Error)) throw argumentType("EventEmitter.AsyncIterator", "Error", error);
      failure = { error };
      close();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === "function") return emitter.listeners(type);
  if (isTarget(emitter)) return emitter[kTargetListeners]?.(type) ?? [];
  throw argumentType("emitter", ["EventEmitter", "EventTarget"], emitter);
}

function addAbortListener(signal, listener) {
  if (signal === undefined) throw argumentType("signal", "AbortSignal", signal);
  checkSignal(signal, "signal");
  checkFunction(listener, "listener");
  let remove = () => {};
  if (signal.aborted) queueMicrotask(() => listener());
  else {
    signal.addEventListener("abort", listener, { once: true });
    remove = () => signal.removeEventListener("abort", listener);
  }
  return { __proto__: null, [Symbol.dispose]: remove };
}

class EventEmitterAsyncResource extends EventEmitter {
  #resource;
  constructor(options) {
    super(options);
    const { AsyncResource } = hooks();
    this.#resource = new AsyncResource(typeof options === "string" ? options : options?.name ?? new.target.name, options);
  }
  emit(event, ...args) {
    return this.#resource.runInAsyncScope(super.emit, this, event, ...args);
  }
  emitDestroy() {
    this.#resource.emitDestroy();
  }
  get asyncId() {
    return this.#resource.asyncId();
  }
  get triggerAsyncId() {
    return this.#resource.triggerAsyncId();
  }
  get asyncResource() {
    return this.#resource;
  }
}

Object.assign(EventEmitter, {
  addAbortListener,
  once,
  on,
  getEventListeners,
  getMaxListeners(emitter) {
    if (typeof emitter?.getMaxListeners === "function") return emitter.getMaxListeners();
    if (isTarget(emitter)) return emitter[kMaxEventTargetListeners] ?? defaultMaxListeners;
    throw argumentType("emitter", ["EventEmitter", "EventTarget"], emitter);
  },
  EventEmitter,
  usingDomains: false,
  captureRejectionSymbol: kRejection,
  captureRejections: false,
  EventEmitterAsyncResource,
  errorMonitor: kErrorMonitor,
  setMaxListeners(n = defaultMaxListeners, ...targets) {
    if (typeof n !== "number" || n < 0 || Number.isNaN(n)) throw outOfRange("n", "a non-negative number", n);
    if (targets.length === 0) defaultMaxListeners = n;
    for (const target of targets) {
      if (isTarget(target) && typeof target.setMaxListeners !== "function") target[kMaxEventTargetListeners] = n;
      else target.setMaxListeners(n);
    }
  },
  listenerCount: (emitter, type) => typeof emitter.listenerCount === "function" ? emitter.listenerCount(type) : listOf(emitter, type).length,
});
Object.defineProperty(EventEmitter, "defaultMaxListeners", {
  enumerable: true,
  get: () => defaultMaxListeners,
  set(n) {
    if (typeof n !== "number" || n < 0 || Number.isNaN(n)) throw outOfRange("defaultMaxListeners", "a non-negative number", n);
    defaultMaxListeners = n;
  },
});

export default EventEmitter;
