// Node's built-in modules, as far as functions have them: small expressions, each a request of its own, whose results and errors are
// those of Node 22.

import buffer from "./buffer.js";
import crypto from "./crypto.js";
import flow from "./flow.js";
import text from "./text.js";

const requests = Object.entries({ buffer, crypto, flow, text }).flatMap(([part, expressions]) =>
  Object.keys(expressions).map((name) => ({ title: `${part}: ${name}`, path: `/api/${part}?name=${encodeURIComponent(name)}` })),
);

export default {
  bundles: { node: { platform: "node" } },
  requests,
};
