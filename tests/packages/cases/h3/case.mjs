// h3 2, the server of Nitro and Nuxt.

import assert from "node:assert/strict";

export default {
  bundles: {
    worker: { platform: "neutral", conditions: ["workerd", "worker"], mainFields: ["module", "main"] },
    generic: { platform: "neutral", mainFields: ["module", "main"] },
  },
  requests: [
    { path: "/api/hello/Zo%C3%AB?a=1&a=2", check: (r) => assert.deepEqual(r.json(), { hello: "Zoë", query: { a: ["1", "2"] } }) },
    { method: "POST", path: "/api/echo", headers: { "content-type": "application/json" }, body: '{"a":[1]}' },
    { method: "POST", path: "/api/form", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1&b=%C3%A9" },
    { path: "/api/cookie", headers: { cookie: "n=4" }, check: (r) => assert.match(r.headers.getSetCookie()[0], /^n=5;/) },
    { path: "/api/bytes" },
    { path: "/api/stream", check: (r) => assert.equal(r.text, "abc") },
    { path: "/api/away", status: 307 },
    { path: "/api/fails", status: 409 },
    { path: "/api/nothing" },
    { path: "/api/other", status: 404 },
    { method: "HEAD", path: "/api/hello/x" },
  ],
};
