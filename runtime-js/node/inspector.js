// node:inspector: nothing is inspected, and nobody waits for that.

import { refusing } from "./lib/stub.js";

export default {
  ...refusing("inspector", ["open", "waitForDebugger", "Session"]),
  close() {},
  console: globalThis.console,
  url: () => undefined,
};
