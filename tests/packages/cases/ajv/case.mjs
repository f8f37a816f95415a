// ajv makes code out of schemas. A function may only do that when its spec says so; without, the error says what was refused.

import assert from "node:assert/strict";

const post = (title, value, more) => ({
  title, method: "POST", path: "/api", headers: { "content-type": "application/json" }, body: JSON.stringify(value), ...more,
});
const options = { platform: "neutral", mainFields: ["module", "main"] };

export default {
  bundles: {
    allowed: { ...options, function: { config: { allowEval: true } } },
    refused: options,
  },
  requests: [
    post("valid", { name: "Zoë", age: 3, tags: [1, "1"] }, { bundles: ["allowed"], check: (r) => assert.equal(r.json().valid, true) }),
    post("invalid", { name: "zoë", age: -1, tags: [1, 1], more: 0 }, { bundles: ["allowed"], status: 422, check: (r) => assert.equal(r.json().errors.length, 4) }),
    post("no code from strings", {}, {
      bundles: ["refused"], only: "portico", status: 500,
      check: (r) => assert.deepEqual(r.json(), { name: "EvalError", message: "Code generation from strings disallowed for this context" }),
    }),
  ],
};
