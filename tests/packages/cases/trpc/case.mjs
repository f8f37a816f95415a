// tRPC 11 with its Fetch adapter: queries, batches, streamed batches, mutations, a subscription as server-sent events.

import assert from "node:assert/strict";

const input = (value) => encodeURIComponent(JSON.stringify(value));
const json = { "content-type": "application/json" };

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [
    { path: `/api/trpc/hello?input=${input({ name: "Zoë" })}`, check: (r) => assert.equal(r.json().result.data, "Hello, Zoë!") },
    { title: "invalid", path: `/api/trpc/hello?input=${input({ name: "Z" })}`, status: 400 },
    { title: "not signed in", path: "/api/trpc/me", status: 401 },
    { title: "signed in", path: "/api/trpc/me", headers: { authorization: "Bearer u1" }, check: (r) => assert.equal(r.json().result.data.user, "u1") },
    {
      title: "mutation", method: "POST", path: "/api/trpc/post.add", headers: { ...json, authorization: "Bearer u1" }, body: '{"title":"ä"}',
      check: (r) => assert.deepEqual(r.json().result.data, { title: "ä", by: "u1" }),
    },
    { title: "batch", path: `/api/trpc/hello,me?batch=1&input=${input({ 0: { name: "ab" } })}`, status: 207 },
    {
      title: "streamed batch", path: `/api/trpc/hello,me?batch=1&input=${input({ 0: { name: "ab" } })}`,
      headers: { "trpc-accept": "application/jsonl", authorization: "Bearer u1" },
    },
    { title: "subscription", path: `/api/trpc/countdown?input=${input(3)}`, check: (r) => assert.match(r.text, /data: 3\n[^]*data: 1\n/) },
    { title: "nothing there", path: "/api/trpc/other", status: 404 },
    { title: "wrong method", method: "POST", path: "/api/trpc/hello", headers: json, body: '{"name":"ab"}', status: 405 },
  ],
};
