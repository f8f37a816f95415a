// valibot, asynchronous pipelines among it.

import assert from "node:assert/strict";

const post = (title, value, more) => ({ title, method: "POST", path: "/api", body: JSON.stringify(value), ...more });
const good = { email: "a@example.com", password: "secret123", again: "secret123", born: "2000-02-29" };

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [
    post("valid", good, { check: (r) => assert.equal(r.json().plan, "free") }),
    post("taken", { ...good, email: "a@taken.example", again: "other" }, { status: 422, check: (r) => assert.deepEqual(r.json().nested.email, ["taken"]) }),
    post("all wrong", { email: 1, password: "short", born: "2001-02-29x" }, { status: 422 }),
  ],
};
