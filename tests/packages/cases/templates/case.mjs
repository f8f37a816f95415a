// Templates. Some become JavaScript, which needs `allowEval`; ejs does that as it loads.

import assert from "node:assert/strict";

export default {
  bundles: {
    eval: { platform: "browser", function: { config: { allowEval: true } } },
    strict: { platform: "browser", refused: /EvalError.*allowEval/ },
  },
  requests: [
    { path: "/api/compiled", check: (r) => assert.equal(r.json()[0], "Grüezi &lt;Zoë&gt;, 0 a, 1 <b>") },
    { path: "/api/interpreted", check: (r) => assert.equal(r.json()[0], "Grüezi &lt;Zoë&gt; a &lt;b&gt;") },
  ],
};
