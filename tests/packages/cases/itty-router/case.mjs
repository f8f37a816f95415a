// itty-router: `export default { ...router }` is what its documentation shows for workers.

import assert from "node:assert/strict";

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [
    { path: "/api/hello", check: (r) => assert.equal(r.text, "Hello, world!") },
    { path: "/api/hello/%C3%84nne", check: (r) => assert.equal(r.text, "Hello, Änne!") },
    { path: "/api/sum/1/2/39", check: (r) => assert.deepEqual(r.json(), { sum: 42 }) },
    { path: "/api/search?a=1&b=2&a=3", check: (r) => assert.deepEqual(r.json(), { a: ["1", "3"], b: "2" }) },
    { method: "POST", path: "/api/json", body: "[1]", status: 202 },
    { method: "OPTIONS", path: "/api/json", headers: { origin: "https://a.example" }, status: 204 },
    { path: "/api/gone", status: 410 },
    { path: "/api/throws", status: 422 },
    { path: "/api/nothing", status: 404 },
  ],
};
