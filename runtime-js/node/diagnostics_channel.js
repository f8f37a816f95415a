// node:diagnostics_channel.

import { argumentType, checkFunction } from "./lib/errors.js";
import { lazily } from "./lib/host.js";

const processModule = lazily("process");
const channels = new Map();

function guarded(action) {
  try {
    action();
  } catch (error) {
    processModule().nextTick(() => {
      throw error;
    });
  }
}

class Channel {
  #subscribers = [];
  #stores = new Map();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }

  subscribe(listener) {
    checkFunction(listener, "subscription");
    this.#subscribers = [...this.#subscribers, listener];
  }

  unsubscribe(listener) {
    const at = this.#subscribers.indexOf(listener);
    if (at < 0) return false;
    this.#subscribers = this.#subscribers.toSpliced(at, 1);
    return true;
  }

  publish(message) {
    for (const listener of this.#subscribers) guarded(() => listener(message, this.name));
  }

  bindStore(store, transform = (value) => value) {
    this.#stores.set(store, transform);
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  runStores(message, action, receiver, ...args) {
    let run = () => {
      this.publish(message);
      return Reflect.apply(action, receiver, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => store.run(transform(message), inner);
    }
    return run();
  }
}

function channel(name) {
  if (typeof name !== "string" && typeof name !== "symbol") throw argumentType("channel", ["string", "symbol"], name);
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"];

class TracingChannel {
  constructor(name) {
    for (const event of EVENTS) this[event] = typeof name === "string" ? channel(`tracing:${name}:${event}`) : name[event];
  }

  get hasSubscribers() {
    return EVENTS.some((event) => this[event]?.hasSubscribers);
  }

  subscribe(handlers) {
    for (const event of EVENTS) if (handlers[event]) this[event]?.subscribe(handlers[event]);
  }

  unsubscribe(handlers) {
    let all = true;
    for (const event of EVENTS) if (handlers[event] && !this[event]?.unsubscribe(handlers[event])) all = false;
    return all;
  }

  traceSync(action, context = {}, receiver, ...args) {
    return this.start.runStores(context, () => {
      try {
        return context.result = Reflect.apply(action, receiver, args);
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(action, context = {}, receiver, ...args) {
    const settled = (name, failed) => (value) => {
      context[name] = value;
      if (failed) this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
      if (failed) throw value;
      return value;
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(action, receiver, args)).then(settled("result", false), settled("error", true));
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceCallback(action, position = -1, context = {}, receiver, ...args) {
    const callback = args.at(position);
    checkFunction(callback, "callback");
    args.splice(position, 1, (error, result) => {
      if (error) {
        context.error = error;
        this.error.publish(context);
      } else context.result = result;
      this.asyncStart.runStores(context, () => {
        try {
          callback(error, result);
        } finally {
          this.asyncEnd.publish(context);
        }
      });
    });
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(action, receiver, args);
      } finally {
        this.end.publish(context);
      }
    });
  }
}

export default {
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, listener) => channel(name).subscribe(listener),
  tracingChannel: (name) => new TracingChannel(name),
  unsubscribe: (name, listener) => channel(name).unsubscribe(listener),
  Channel,
};
