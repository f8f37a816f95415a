// The platform's own module for `@run402/functions` against version 4.0.0 of the package: for the same calls the same requests, the same
// answers and the same errors. What the own module does beside it (getUser, getUserId, getRole, other spellings) is the
// case run402-own.

import assert from "node:assert/strict";
import { ANON_KEY, SERVICE_KEY } from "../../gateway.mjs";

export default {
  env: { RUN402_SERVICE_KEY: SERVICE_KEY, RUN402_ANON_KEY: ANON_KEY },
  bundles: { module: { platform: "neutral", external: ["@run402/functions", "node:*"], node: false } },
  requests: [
    {
      path: "/api/compare",
      only: "portico",
      check: (r) => {
        const compared = Object.entries(r.json());
        assert.ok(compared.length > 80);
        for (const [name, { own, real }] of compared) assert.deepEqual(own, real, name);
        assert.equal(compared.filter(([, { real }]) => real.calls.length > 0).length > 50, true);
      },
    },
  ],
};
