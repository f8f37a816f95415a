// preact rendered on the server: at once, and as a stream with a part that comes late.

import assert from "node:assert/strict";

const jsx = { jsx: "transform", jsxFactory: "h", jsxFragment: "Fragment" };

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"], ...jsx } },
  requests: [
    { path: "/api/text", check: (r) => assert.match(r.text, /class="dark done"|class="light done"/) },
    { path: "/api/stream", check: (r) => assert.match(r.text, /late/) },
  ],
};
