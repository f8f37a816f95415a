// Clients of HTTP APIs: axios (its fetch adapter), ky, p-retry, @upstash/redis, @neondatabase/serverless over HTTP, resend.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";

let busy = 0;

async function answer({ path, headers, query, body }) {
  const text = Buffer.from(body, "latin1").toString();
  if (path === "/json") return { body: { query, client: headers["x-client"], seen: headers["x-seen"] } };
  if (path === "/echo") return { body: { type: headers["content-type"], text } };
  if (path === "/bytes") return { headers: { "content-type": "application/octet-stream" }, body: new Uint8Array([0, 255, 128]) };
  if (path === "/missing") return { status: 404, body: { error: "missing" } };
  if (path === "/busy") return busy++ % 2 === 0 ? { status: 503, body: {} } : { body: { ok: true } };
  if (path === "/slow") return await new Promise((resolve) => setTimeout(resolve, 300, { body: {} }));
  if (path === "/pipeline") return { body: JSON.parse(text).map(([command]) => ({ result: { set: "OK", incr: 1, get: '{"a":"ü"}' }[command] })) };
  if (path === "/sql") {
    const { query: sql, params } = JSON.parse(text);
    return { body: { command: "SELECT", rowCount: 1, rowAsArray: true, fields: [{ name: "a", dataTypeID: 25 }, { name: "n", dataTypeID: 23 }], rows: [[params[0], "42"]], sql } };
  }
  if (path === "/emails") {
    const mail = JSON.parse(text);
    if (headers.authorization !== "Bearer re_1" || mail.from === "x") return { status: 422, body: { name: "validation_error", message: "Invalid from", statusCode: 422 } };
    return { body: { id: "mail_1" } };
  }
  return undefined;
}

export default {
  services: { API_URL: () => Stub.start(answer) },
  env: { RESEND_KEY: "re_1" },
  bundles: { browser: { platform: "browser" } },
  accepted: [{ request: "redis", reason: "fetch has no cache here, so `cache: \"no-store\"` adds no Cache-Control and Pragma to the call" }],
  requests: [
    { path: "/api/axios", check: (r) => assert.deepEqual([r.json().got.query, r.json().failed[1]], ["?a%5B%5D=1&a%5B%5D=2&q=%C3%BC", 404]) },
    { path: "/api/ky", check: (r) => assert.deepEqual([r.json().busy.ok, r.json().late, r.json().tries], [true, "TimeoutError", 3]) },
    { path: "/api/p-retry", check: (r) => assert.deepEqual(r.json(), { tries: 3, failed: ["TypeError", "fetch failed", "ECONNREFUSED"] }) },
    { title: "redis", path: "/api/redis", check: (r) => assert.deepEqual(r.json().all, [1, { a: "ü" }]) },
    { path: "/api/neon", check: (r) => assert.deepEqual(r.json(), [{ a: "ü", n: 42 }]) },
    { path: "/api/resend", check: (r) => assert.deepEqual([r.json().sent.id, r.json().refused.name], ["mail_1", "validation_error"]) },
  ],
};
