// node:console: the function's console.

import { refusing } from "./lib/stub.js";

const { console } = globalThis;
const all = { ...refusing("console", ["Console"]) };
for (const name of Object.getOwnPropertyNames(console)) {
  if (typeof console[name] === "function") all[name] = console[name];
}

export default all;
