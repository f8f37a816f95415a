// zod 4: it tries `new Function` once to see whether it may compile, and works without.

import assert from "node:assert/strict";

const order = {
  id: "0b9f5a54-3c0e-4b1a-9d58-0a3f8f3f7a11",
  email: "a@example.com",
  items: [{ sku: "ABC-1" }, { sku: "XYZ-22", count: 3 }],
  at: "2026-01-02T03:04:05Z",
  pay: { kind: "cash", amount: "12.50" },
};
const post = (body) => ({ method: "POST", path: "/api", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [
    {
      title: "valid", ...post(order),
      check: (r) => assert.deepEqual([r.json().order.items[0].count, r.json().order.pay.amount, r.json().weekday], [1, 12.5, 5]),
    },
    {
      title: "invalid", status: 422, ...post({ ...order, id: "x", email: 1, items: [], at: "yesterday", pay: { kind: "coin" } }),
      check: (r) => assert.equal(Object.keys(r.json().tree.properties).length, 5),
    },
    { path: "/api/schema", check: (r) => assert.equal(r.json().properties.email.format, "email") },
  ],
};
