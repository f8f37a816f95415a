// drizzle-orm: queries are built, and sent through its proxy driver, which is how it is used over HTTP.

import assert from "node:assert/strict";

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [{ path: "/api", check: (r) => assert.deepEqual([r.json().rows[0].name, r.json().calls.length], ["Zoë", 4]) }],
};
