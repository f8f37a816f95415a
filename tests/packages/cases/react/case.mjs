// react-dom/server: a string, and a stream with Suspense. React 19 picks its edge build by condition; the one for browsers needs MessageChannel.

import assert from "node:assert/strict";

const options = { jsx: "automatic", define: { "process.env.NODE_ENV": '"production"' } };
const late = (r) => assert.match(r.text, /late data/);

export default {
  bundles: {
    edge: { ...options, platform: "browser", conditions: ["workerd", "worker", "edge-light"] },
    browser: { ...options, platform: "browser" },
  },
  requests: [
    { path: "/api/text", check: (r) => assert.equal(r.text, '<p title="ü">&lt;escaped&gt;</p>') },
    { path: "/api/stream", check: late },
    { path: "/api/all", check: late },
    { path: "/api/broken", status: 500, check: (r) => assert.equal(r.text, "a component failed") },
  ],
};
