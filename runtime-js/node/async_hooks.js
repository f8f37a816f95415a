// AsyncLocalStorage and AsyncResource over the engine's async context, which follows promises, timers and queued callbacks.
//
// The context also carries which request the code belongs to. It is given anew for each request, so what `enterWith` puts there does
// not outlive the request.

import { core, primordials } from "./lib/host.js";
import { argumentType, checkFunction } from "./lib/errors.js";

const { AsyncVariable, getAsyncContext, setAsyncContext } = core;
const { ReflectApply, ObjectDefineProperty, FunctionPrototypeBind } = primordials;

function applyIn(context, callback, receiver, args) {
  const before = getAsyncContext();
  setAsyncContext(context);
  try {
    return ReflectApply(callback, receiver, args);
  } finally {
    setAsyncContext(before);
  }
}

class AsyncLocalStorage {
  #variable = new AsyncVariable();
  // Nothing is seen from `disable` to the next store.
  #enabled = true;
  #defaultValue;
  #name;

  constructor(options = undefined) {
    if (options !== undefined && (options === null || typeof options !== "object")) throw argumentType("options", "Object", options);
    this.#defaultValue = options?.defaultValue;
    this.#name = options?.name === undefined ? "" : `${options.name}`;
  }

  get name() {
    return this.#name;
  }

  static bind(callback) {
    checkFunction(callback, "fn");
    return AsyncResource.bind(callback);
  }

  static snapshot() {
    const context = getAsyncContext();
    return (callback, ...args) => applyIn(context, callback, undefined, args);
  }

  enterWith(store) {
    this.#enabled = true;
    this.#variable.enter({ __proto__: null, store });
  }

  run(store, callback, ...args) {
    const before = getAsyncContext();
    this.enterWith(store);
    try {
      return ReflectApply(callback, null, args);
    } finally {
      setAsyncContext(before);
    }
  }

  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  getStore() {
    const entered = this.#variable.get();
    if (!this.#enabled) return undefined;
    return entered === undefined ? this.#defaultValue : entered.store;
  }

  disable() {
    this.#enabled = false;
  }
}

let lastId = 1;

class AsyncResource {
  #context = getAsyncContext();
  #id = ++lastId;
  #trigger;

  constructor(type, options = undefined) {
    if (typeof type !== "string") throw argumentType("type", "string", type);
    const trigger = typeof options === "number" ? options : options?.triggerAsyncId;
    this.#trigger = trigger ?? 1;
  }

  runInAsyncScope(callback, receiver, ...args) {
    return applyIn(this.#context, callback, receiver, args);
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return this.#id;
  }

  triggerAsyncId() {
    return this.#trigger;
  }

  bind(callback, receiver) {
    checkFunction(callback, "fn");
    const context = this.#context;
    const bound = receiver === undefined
      ? function (...args) {
        return applyIn(context, callback, this, args);
      }
      : FunctionPrototypeBind((...args) => applyIn(context, callback, receiver, args), undefined);
    ObjectDefineProperty(bound, "length", {
      __proto__: null,
      value: callback.length,
      configurable: true,
      enumerable: false,
      writable: false,
    });
    return bound;
  }

  static bind(callback, type, receiver) {
    return new AsyncResource(type || callback.name || "bound-anonymous-fn").bind(callback, receiver);
  }
}

// Hooks would have to see every promise of the isolate. Those who only switch them on go on working.
function createHook(callbacks) {
  if (callbacks === null || typeof callbacks !== "object") throw argumentType("options", "Object", callbacks);
  const hook = { enable: () => hook, disable: () => hook };
  return hook;
}

const resource = {};

export default {
  AsyncLocalStorage,
  createHook,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => resource,
  asyncWrapProviders: Object.freeze({ __proto__: null, NONE: 0 }),
  AsyncResource,
};
