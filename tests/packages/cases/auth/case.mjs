// Signing people in: better-auth with its memory adapter, @auth/core, iron-session.

import assert from "node:assert/strict";

export default {
  bundles: { browser: { platform: "browser" }, node: { platform: "node" } },
  requests: [
    { path: "/api/better-auth", check: (r) => assert.deepEqual(r.json().slice(2), [200, "Zoë", 401, "INVALID_EMAIL_OR_PASSWORD"]) },
    { path: "/api/auth-core", check: (r) => assert.deepEqual(r.json().slice(1), [200, true, "ü"]) },
    { path: "/api/iron-session", check: (r) => assert.deepEqual(r.json(), [{ user: "ü" }, {}, ["s"]]) },
  ],
};
