// Hono as its documentation for runtimes with a Fetch handler says: the app is the default export.

import assert from "node:assert/strict";

const form = (boundary) =>
  [
    `--${boundary}`, 'Content-Disposition: form-data; name="name"', "", "Zoë",
    `--${boundary}`, 'Content-Disposition: form-data; name="file"; filename="a b.txt"', "Content-Type: text/plain", "", "in the file\r\n",
    `--${boundary}--`, "",
  ].join("\r\n");

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] }, browser: { platform: "browser", minify: true } },
  requests: [
    { path: "/api", check: (r) => assert.equal(r.text, "Hello") },
    { path: "/api/items/42?q=a&q=%C3%BC", check: (r) => assert.deepEqual(r.json(), { id: 42, q: ["a", "ü"] }) },
    { path: "/api/items/x", status: 404, check: (r) => assert.equal(r.text, "nothing at /api/items/x") },
    { method: "HEAD", path: "/api/items/1" },
    {
      method: "POST", path: "/api/echo", headers: { "content-type": "application/json" }, body: '{"ä":[1,2.5,null]}', status: 201,
      check: (r) => assert.deepEqual(r.json(), { ä: [1, 2.5, null] }),
    },
    { title: "not JSON", method: "POST", path: "/api/echo", body: "{", status: 500 },
    {
      method: "POST", path: "/api/form", headers: { "content-type": "multipart/form-data; boundary=----b0" }, body: form("----b0"),
      check: (r) => assert.deepEqual(r.json(), { fields: { name: "Zoë" }, file: ["a b.txt", "text/plain", "in the file\r\n"] }),
    },
    {
      title: "urlencoded", method: "POST", path: "/api/form", headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "a=1+2&b=%C3%A9", check: (r) => assert.deepEqual(r.json(), { fields: { a: "1 2", b: "é" }, file: null }),
    },
    { path: "/api/cors/data", headers: { origin: "https://app.example" } },
    {
      method: "OPTIONS", path: "/api/cors/data", status: 204,
      headers: { origin: "https://app.example", "access-control-request-method": "PUT", "access-control-request-headers": "x-a" },
    },
    { path: "/api/safe/page", check: (r) => assert.equal(r.text, "<p>&lt;script&gt;<b>bold</b></p>") },
    { path: "/api/tagged/text", check: (r) => assert.match(r.headers.get("etag"), /^"[0-9a-f]{40}"$/) },
    { title: "not modified", path: "/api/tagged/text", headers: { "if-none-match": '"fd2d9b7c1b0e3d3f7ac7d8d8e2e1f7a0d4fc4b9e", *' } },
    { path: "/api/cookie", headers: { cookie: "seen=4; x=y" }, check: (r) => assert.equal(r.headers.getSetCookie().length, 2) },
    { path: "/api/away", status: 303 },
    { path: "/api/stream", check: (r) => assert.equal(r.text, "one\ntwo\nthree\n") },
    { path: "/api/bytes", check: (r) => assert.deepEqual([...r.bytes], [0, 255, 128, 10]) },
    { path: "/api/events", check: (r) => assert.equal(r.text.split("event: tick").length, 4) },
    { path: "/api/fails", status: 418 },
    { path: "/api/breaks", status: 500, check: (r) => assert.deepEqual(r.json(), { error: "internal" }) },
  ],
};
