// Node's built-in modules, as far as functions have them: small expressions, each a request of its own, whose results and errors are
// those of Node 22.

import buffer from "./buffer.js";
import crypto from "./crypto.js";
import flow from "./flow.js";
import text from "./text.js";

const requests = Object.entries({ buffer, crypto, flow, text }).flatMap(([part, expressions]) =>
  Object.keys(expressions).map((name) => ({ title: `${part}: ${name}`, path: `/api/${part}?name=${encodeURIComponent(name)}` })),
);

const accepted = (reason, ...titles) => titles.map((request) => ({ request, reason }));

export default {
  bundles: { node: { platform: "node" } },
  requests,
  accepted: [
    ...accepted("the error of an unknown digest has a code, which Node's has not", ...["hex", "base64", "base64url", "undefined"].map((e) => `crypto: hash none ${e}`)),
    ...accepted("the members of a JWK have another order", "crypto: public key", "crypto: private key"),
    ...accepted("paths of Windows are not supported, and the error says so", "text: path of Windows"),
    ...accepted("`generatedMessage` of an error of `ifError`", "text: assert fails: ifError"),
  ],
};
