// Bytes: @bufbuild/protobuf, and hashes in WebAssembly.

import assert from "node:assert/strict";

export default {
  bundles: { browser: { platform: "browser" }, node: { platform: "node" } },
  requests: [
    { path: "/api/protobuf", check: (r) => assert.deepEqual(r.json()[2], { a: [1, "ü", null], b: { c: true } }) },
    { path: "/api/hash-wasm", check: (r) => assert.equal(r.json()[1], true) },
  ],
};
