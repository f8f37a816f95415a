// Elysia for web-standard runtimes without the code it makes from routes (`aot: false`): that would be eval.

import assert from "node:assert/strict";

export default {
  bundles: { worker: { platform: "neutral", conditions: ["workerd", "worker"], mainFields: ["module", "main"] } },
  requests: [
    { path: "/api/", check: (r) => assert.equal(r.text, "Hello") },
    { path: "/api/items/42?a=1", check: (r) => assert.deepEqual(r.json(), { id: 42, query: { a: "1" } }) },
    { path: "/api/items/x", status: 422 },
    { method: "POST", path: "/api/echo", headers: { "content-type": "application/json" }, body: '{"name":"Zoë"}', status: 201 },
    { method: "POST", title: "invalid", path: "/api/echo", headers: { "content-type": "application/json" }, body: '{"name":"Z"}', status: 422 },
    { path: "/api/cookie" },
    // It makes a stream of text, which Bun takes as a body and no other Fetch runtime does.
    { path: "/api/events", throws: true },
    { path: "/api/other", status: 404 },
  ],
};
