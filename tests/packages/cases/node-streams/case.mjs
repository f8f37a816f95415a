// Packages that are written for Node's streams, buffers and zlib: uploads, formats, logs, archives, images.

import assert from "node:assert/strict";

const UPLOAD = [
  "--B", 'Content-Disposition: form-data; name="a"', "", "ü",
  "--B", 'Content-Disposition: form-data; name="f"; filename="x.txt"', "Content-Type: text/plain", "", "file", "--B--", "",
].join("\r\n");

export default {
  bundles: { node: { platform: "node", banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } } },
  requests: [
    {
      method: "POST", path: "/api/busboy", headers: { "content-type": "multipart/form-data; boundary=B" }, body: UPLOAD,
      check: (r) => assert.deepEqual(r.json(), [["a", "ü"], ["f", "x.txt", "text/plain", "file"]]),
    },
    { path: "/api/form-data" },
    { path: "/api/formats", check: (r) => assert.deepEqual([r.json()[0], r.json()[3]], [[{ a: "1", b: "ü;" }], "あ"]) },
    { path: "/api/logs", check: (r) => assert.equal(r.json().length, 2) },
    { path: "/api/jsonwebtoken", check: (r) => assert.deepEqual(r.json().slice(2), [["TokenExpiredError"], ["invalid token"]]) },
    { path: "/api/zlib", check: (r) => assert.ok(r.json().flat().every((value) => value === true)) },
    { path: "/api/zlib-errors", check: (r) => assert.deepEqual(r.json()[0], ["Error", "Z_DATA_ERROR", -3, "incorrect header check"]) },
    { path: "/api/archives", check: (r) => assert.deepEqual(r.json().slice(0, 3), [true, true, "PNG"]) },
  ],
};
