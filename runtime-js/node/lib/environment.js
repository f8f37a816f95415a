// `process.env`: an object whose values are texts, whatever is assigned.

import { type } from "./errors.js";

const { defineProperty, set } = Reflect;

function refusedDescriptor(message) {
  return type("ERR_INVALID_OBJECT_DEFINE_PROPERTY", `'process.env' ${message}`);
}

// An environment of its own, filled with `values`.
export function environment(values) {
  const target = { ...values };
  const env = new Proxy(target, {
    set(_, name, value, receiver) {
      if (receiver !== env) return set(target, name, value, receiver);
      // Both conversions fail for symbols, as in Node.
      target[`${name}`] = `${value}`;
      return true;
    },
    defineProperty(_, name, descriptor) {
      if ("get" in descriptor || "set" in descriptor) {
        throw refusedDescriptor("does not accept an accessor(getter/setter) descriptor");
      }
      const { configurable, enumerable, writable, value } = descriptor;
      if (!configurable || !enumerable || !writable) {
        throw refusedDescriptor("only accepts a configurable, writable, and enumerable data descriptor");
      }
      return defineProperty(target, `${name}`, { configurable, enumerable, writable, value: `${value}` });
    },
  });
  return env;
}
