// Modules that packages import and functions cannot use: everything in them fails when it is called, with the reason.

import { notSupported } from "./errors.js";

export function refusing(module, names) {
  const found = {};
  for (const name of names) {
    found[name] = {
      [name]: function () {
        throw notSupported(`${module}.${name}`);
      },
    }[name];
  }
  return found;
}

// Those that answer by a promise reject instead.
export function rejecting(module, names) {
  const found = {};
  for (const name of names) {
    found[name] = {
      [name]: async function () {
        throw notSupported(`${module}.${name}`);
      },
    }[name];
  }
  return found;
}
