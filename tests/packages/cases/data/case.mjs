// Formats, compression, passwords, helpers: yaml, fast-xml-parser, cheerio, fflate, bcryptjs, lodash.

import assert from "node:assert/strict";

export default {
  bundles: { browser: { platform: "browser", function: { config: { allowEval: true } } } },
  requests: [
    {
      method: "POST", path: "/api", body: "Grüezi ".repeat(400),
      check(r) {
        const { gzip, lodash, template } = r.json();
        assert.deepEqual([gzip, lodash[4], template], [true, 1, "Hello, &lt;Zoë&gt;!"]);
      },
    },
  ],
};
