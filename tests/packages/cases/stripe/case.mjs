// stripe as its documentation says for workers: the fetch client and the SubtleCrypto provider.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Stub } from "../../lib/stub.mjs";

const SECRET = "whsec_test";
const event = JSON.stringify({
  id: "evt_1", object: "event", api_version: "2026-01-01", type: "payment_intent.succeeded",
  data: { object: { id: "pi_1", object: "payment_intent", amount: 1999, description: "Zoë" } },
});

function signed(body, at = Math.floor(Date.now() / 1000), secret = SECRET) {
  const mac = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  return { "stripe-signature": `t=${at},v1=${mac}`, "content-type": "application/json" };
}

const customer = (n) => ({ id: `cus_${n}`, object: "customer", email: `${n}@example.com` });

function answer({ method, path, query, headers, body }) {
  if (headers.authorization !== "Bearer sk_test_1") return { status: 401, body: { error: { type: "invalid_request_error", message: "Invalid API Key" } } };
  if (method === "GET" && path === "/v1/customers") {
    const more = !query.includes("starting_after");
    return { body: { object: "list", url: "/v1/customers", has_more: more, data: more ? [customer(1), customer(2)] : [customer(3)] } };
  }
  if (method === "POST" && path === "/v1/checkout/sessions") {
    const form = new URLSearchParams(body);
    if (form.get("line_items[0][quantity]") !== "2" || headers["idempotency-key"] !== "order-1") return { status: 400, body: { error: { message: body } } };
    return { body: { id: "cs_1", object: "checkout.session", url: "https://checkout.stripe.example/c/cs_1" } };
  }
  return undefined;
}

const webhook = (title, headers, more) => ({ title, method: "POST", path: "/api/webhook", headers, body: event, ...more });

export default {
  services: { STRIPE_API: () => Stub.start(answer) },
  env: { STRIPE_SECRET_KEY: "sk_test_1", STRIPE_WEBHOOK_SECRET: SECRET },
  bundles: { worker: { conditions: ["workerd", "worker"], platform: "browser" } },
  // The client says which runtime it is on.
  quiet: /^x-stripe-client-user-agent/,
  requests: [
    webhook("webhook", signed(event), { check: (r) => assert.deepEqual(r.json(), { type: "payment_intent.succeeded", amount: 1999 }) }),
    webhook("webhook, wrong secret", signed(event, undefined, "whsec_other"), { status: 400 }),
    webhook("webhook, too old", signed(event, 1700000000), { status: 400 }),
    { path: "/api/customers", check: (r) => assert.deepEqual(r.json(), ["1@example.com", "2@example.com", "3@example.com"]) },
    { method: "POST", path: "/api/checkout", status: 303 },
  ],
};
