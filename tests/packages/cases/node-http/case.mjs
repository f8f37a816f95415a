// Requests of node:http, as a program writes them and as packages do: node-fetch, superagent, agentkeepalive.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Stub } from "../../lib/stub.mjs";

async function answer({ method, path, headers, query, body }) {
  if (path === "/json") return { body: { query, seen: headers["x-seen"] } };
  if (path === "/echo") return { body: { method, query, list: headers["x-list"], auth: headers.authorization, type: headers["content-type"], text: Buffer.from(body, "latin1").toString() } };
  if (path === "/moved") return { status: 302, headers: { location: "/json?moved" }, body: "" };
  if (path === "/cookies") return { headers: { "set-cookie": ["a=1; Path=/", "b=2"] }, body: "" };
  if (path === "/gzip") return { headers: { "content-encoding": "gzip" }, body: gzipSync("packed") };
  if (path === "/missing") return { status: 404, body: { error: "missing" } };
  if (path === "/slow") return await new Promise((resolve) => setTimeout(resolve, 300, { body: {} }));
  return undefined;
}

export default {
  services: { API_URL: () => Stub.start(answer) },
  bundles: { node: { platform: "node", banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } } },
  // A request of node:http is one of `fetch`, which says what it accepts; and bodies that are written in parts are sent as a whole.
  quiet: /^(accept: \*\/\*|transfer-encoding: chunked|content-length: \d+)$/,
  // Boundaries of forms.
  masks: [[/-{20,}\w+/g, "BOUNDARY"]],
  requests: [
    { path: "/api/get", check: (r) => assert.deepEqual(r.json().slice(0, 4), [200, "OK", "1.1", true]) },
    { path: "/api/post", check: (r) => assert.deepEqual([JSON.parse(r.json()).list, JSON.parse(r.json()).text], ["1, 2", "Käse"]) },
    { path: "/api/body", check: (r) => assert.equal(JSON.parse(r.json()[0]).text, "aü") },
    { path: "/api/answers", check: (r) => assert.deepEqual(r.json(), [["a=1; Path=/", "b=2"], 302, "/json?moved", 200, 404]) },
    { path: "/api/order", check: (r) => assert.deepEqual(r.json(), ["socket", "finish", "response", "end", "close"]) },
    { path: "/api/ended", check: (r) => assert.deepEqual([r.json()[0][0], r.json()[3][0], r.json()[5]], [["Error", "ECONNRESET", "socket hang up"], "ECONNREFUSED", "late"]) },
    { path: "/api/headers" },
    { path: "/api/mistakes", check: (r) => assert.equal(r.json()[0][1], "ERR_INVALID_PROTOCOL") },
    { path: "/api/node-fetch", check: (r) => assert.deepEqual(r.json().slice(1), [true, { query: "?moved" }, "packed", 404]) },
    { path: "/api/superagent", check: (r) => assert.deepEqual(r.json().slice(1, 3), [true, [404, "Not Found"]]) },
    { path: "/api/agents" },
  ],
};
