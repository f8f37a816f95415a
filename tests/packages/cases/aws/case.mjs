// @aws-sdk clients of S3 and DynamoDB, against a stub. Bundled for browsers they use fetch, for Node node:http.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";

const XML = { "content-type": "application/xml" };

function answer({ method, path, headers }) {
  if (headers["x-amz-target"]?.endsWith(".GetItem")) return { body: { Item: { n: { N: "42" }, bytes: { B: "AQID" } } } };
  if (path === "/b/missing") return { status: 404, headers: XML, body: "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>" };
  if (method === "GET") return { headers: { "content-type": "text/plain", "x-amz-meta-a": "b" }, body: "Käse" };
  if (method === "HEAD") return { headers: { "content-length": "5" }, body: "" };
  if (method === "PUT") return { headers: { etag: '"e"' }, body: "" };
  return method === "DELETE" ? { status: 204 } : undefined;
}

const signed = (calls) => calls.every((call) => call.headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));

// The browser build reads errors as XML with `DOMParser`, which is in no server.
const node = ["node"];

export default {
  services: { AWS_URL: () => Stub.start(answer) },
  bundles: {
    browser: { platform: "browser" },
    node: { platform: "node", banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } },
  },
  // New with each call, made of such, of the runtime's version, or of fetch, which says what it accepts.
  quiet: /^(amz-sdk-\S+|authorization|x-amz-date|x-amz-user-agent|accept):/,
  requests: [
    { path: "/api/presign", check: (r) => assert.deepEqual([r.json().path, r.json().expires], ["/b/a/%C3%BC%20b.txt", "60"]) },
    {
      path: "/api/put",
      check(r, calls) {
        assert.deepEqual(r.json(), ['"e"', '"e"', 204]);
        assert.deepEqual([calls.length, signed(calls), calls[1].body], [3, true, "\u0000ÿ"]);
      },
    },
    { path: "/api/get", check: (r) => assert.deepEqual(r.json(), ["text/plain", { a: "b" }, "Käse", 5]) },
    { path: "/api/missing", bundles: node, check: (r) => assert.deepEqual(r.json(), ["NoSuchKey", 404]) },
    { path: "/api/dynamo", check: (r, calls) => assert.deepEqual([r.json(), signed(calls)], [["42", [1, 2, 3]], true]) },
  ],
};
