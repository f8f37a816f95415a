// Pages of Vue and Solid, as a text and as a stream, whole and piece by piece.

import assert from "node:assert/strict";

const define = {
  "process.env.NODE_ENV": '"production"',
  __VUE_OPTIONS_API__: "true",
  __VUE_PROD_DEVTOOLS__: "false",
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
};
const greets = (r) => assert.match(r.text, /Grüezi, &lt;Zoë&gt;.*<li class="odd">1<\/li>/);

export default {
  bundles: {
    browser: { platform: "browser", conditions: ["worker"], define },
    streaming: { platform: "browser", conditions: ["worker"], define, function: { config: { streaming: true } } },
    node: { platform: "node", define },
  },
  requests: [
    { path: "/api/vue", check: greets },
    { path: "/api/vue-stream", check: greets },
    { path: "/api/solid", check: (r) => assert.match(r.text, /<b>ü&lt;<\/b>.*später &lt;/) },
    { path: "/api/solid-stream", check: (r) => assert.match(r.text, /warten.*später &lt;/s) },
  ],
};
