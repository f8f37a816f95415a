// uuid and nanoid, in their builds for WebCrypto.

import assert from "node:assert/strict";

export default {
  bundles: { browser: { platform: "browser" } },
  requests: [{ path: "/api", check: (r) => assert.deepEqual([r.json().unique, r.json().ordered, r.json().own], [5000, true, true]) }],
};
