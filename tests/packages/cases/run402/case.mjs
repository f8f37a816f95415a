// @run402/functions, both versions that exist, with the wrapper of the platform around the handler and without. Calls to the gateway
// are compared with those under Node and with the contract (reference 2.5).

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { ACTOR_KEY, ANON_KEY, gateway, SERVICE_KEY } from "../../gateway.mjs";
import { makeKeys, seconds, sign, tampered } from "../../stubs/keys.mjs";

const keys = await makeKeys(["ES256"]);
const SECRET = "a-shared-secret-of-the-older-version";

// The library reads its gateway's address from here. The node sets it to its own, so the bundle says otherwise.
const banner = { js: "process.env.RUN402_API_BASE = process.env.GATEWAY_URL;" };
const node = { platform: "node", banner };
const wrapper = { ...node, entry: "../../platform.js", alias: { "the-handler": fileURLToPath(new URL("handler.js", import.meta.url)) } };
const older = { "@run402/functions": "run402-functions-3" };
const secret = { RUN402_JWT_SECRET: SECRET };

const WRAPPED = ["wrapped", "wrapped-3", "brought"];
const VERSION_4 = ["wrapped", "brought"];
const actor = (more = {}) => ({ "x-test-actor": JSON.stringify(more) });
const bearer = (token) => ({ authorization: `Bearer ${token}` });

function hs256(claims) {
  const text = [{ alg: "HS256", typ: "JWT" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

// A call as a line: what the contract's table is about.
const line = ({ method, path, query }) => `${method} ${path}${decodeURIComponent(query)}`;
const own = (calls) => calls.filter((call) => !call.path.startsWith("/internal/"));
const called = (calls, ...lines) => assert.deepEqual(own(calls).map(line), lines);

const simple = (path, check, more) => ({ path: `/api/${path}`, check, ...more });

async function requests() {
  const list = [
    simple("context", (r) => {
      assert.match(r.json().requestId, /^req_/);
      assert.deepEqual([r.json().locale, r.json().idempotencyKey], [null, null]);
    }),
    simple("legacy", (r) => assert.equal(r.json().code, "R402_AUTH_UNKNOWN_EXPORT"), { status: 500 }),
    simple("mine", (r, calls) => {
      const [call] = own(calls);
      assert.equal(call.headers.apikey, ANON_KEY);
      assert.equal(call.headers.prefer, "return=representation");
      assert.match(line(call), /^GET \/rest\/v1\/items\?/);
    }),
    simple("mine", (r) => assert.equal(r.json()[0].seen_as, "Bearer caller"), { title: "mine, as the caller", headers: bearer("caller") }),
    simple("one", (r) => assert.equal(r.json().title, "milk")),
    simple("insert", (r, calls) => assert.deepEqual(JSON.parse(Buffer.from(own(calls)[0].body, "latin1")), [{ title: "Käse", done: false }])),
    simple("audit", (r) => assert.equal(r.json().length, 2)),
    simple("update", (r, calls) => called(calls, "PATCH /admin/v1/rest/items?id=in.(1,2)&id=gt.0")),
    simple("delete", (r, calls) => assert.equal(own(calls)[0].method, "DELETE")),
    simple("sql", (r, calls) => assert.equal(own(calls)[0].headers["content-type"], "text/plain")),
    simple("params", (r) => assert.deepEqual(r.json().rows[0].params, [42, "ü"])),
    simple("sql-error", (r) => assert.deepEqual([r.json().code, r.json().remote_code], ["R402_DB_SQL_ERROR", "42601"]), { status: 500 }),
    simple("email", (r, calls) => called(calls, "POST /mailboxes/v1/mbx_1/messages")),
    simple("template", (r) => assert.equal(r.json().template, "notification")),
    simple("ai", (r) => assert.deepEqual([r.json()[0].asked.to, r.json()[2].prompt], ["es", "a moon"])),
    simple("quota", (r) => assert.match(r.json().message, /QUOTA_EXCEEDED/), { status: 500 }),
    simple("assets", (r, calls) => {
      assert.equal(own(calls)[0].body.length, 6);
      assert.equal(own(calls)[2].query.includes("sort=createdAt"), true);
    }),
    simple("events", (r) => assert.equal(r.json().event_type, "order.placed")),
    simple("cache-other", (r) => assert.equal(r.json().code, "R402_CACHE_INVALIDATION_HOST_FORBIDDEN"), { status: 500 }),
  ];
  // The first letter finds the mailbox, which the library remembers.
  list.splice(list.findIndex(({ path }) => path === "/api/email"), 0, {
    path: "/api/email", title: "first letter", check: (r, calls) => called(calls, "GET /mailboxes/v1", "POST /mailboxes/v1/mbx_1/messages"),
  });
  for (const [title, at, secret, answer] of [
    ["webhook", 0, "whsec_1", { valid: true, secret_used: "current" }],
    ["webhook, previous secret", 0, "whsec_0", { valid: true, secret_used: "previous" }],
    ["webhook, too old", -1000, "whsec_1", { valid: false, reason: "timestamp_out_of_tolerance" }],
    ["webhook, wrong secret", 0, "whsec_2", { valid: false, reason: "signature_mismatch" }],
  ]) {
    const [t, body] = [seconds() + at, '{"type":"ä"}'];
    const v1 = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
    list.push({
      title, method: "POST", path: "/api/webhook", body, headers: { "run402-signature": `t=${t},v1=${v1}` },
      check: (r) => assert.deepEqual({ ...r.json(), timestamp: undefined }, { ...answer, timestamp: undefined }),
    });
  }
  const run = (event_type) => ({
    trigger: "function_run", run_id: "run_1", generation: 1, event_type, idempotency_key: "k", run_at: "2026-01-01T00:00:00.000Z",
    attempt: { attempt_id: "att_1", number: 1, max: 3 }, source: { type: "manual" }, payload: { a: 1 },
  });
  const delivered = (title, event, more) => ({
    title, method: "POST", path: "/api/run", headers: { "content-type": "application/json" }, body: JSON.stringify(event), ...more,
  });
  list.push(
    delivered("run", run("report.made"), { check: (r) => assert.deepEqual(r.json(), { done: "run_1", payload: { a: 1 } }) }),
    delivered("run without a result", run("nothing.said"), { status: 204 }),
    delivered("run of an unknown event", run("other"), { status: 400 }),
    delivered("no run", { a: 1 }, { status: 400 }),
  );
  list.push(...plain(), ...(await wrapped()));
  return list;
}

// Without a context the library says so, or is anonymous.
function plain() {
  const bundles = ["plain", "plain-3"];
  return [
    simple("user", (r) => assert.equal(r.json().user, null), { bundles }),
    simple("required", undefined, { bundles, status: 500 }),
    simple("cache", (r) => assert.equal(r.json().code, "R402_CACHE_INVALIDATION_HOST_REQUIRED"), { bundles, status: 500 }),
  ];
}

async function wrapped() {
  const only = { bundles: WRAPPED };
  const tainted = (text) => (r) => assert.equal(r.headers.get("x-test-tainted"), text);
  const nobody = (r) => assert.equal(r.json().user, null);
  const user9 = (r) => assert.equal(r.json().user.id, "user_9");
  const zoe = (r) => assert.deepEqual([r.json().user.id, r.json().user.email], ["user_1", "zoe@example.com"]);
  const direct = { "x-test-kind": "direct" };
  const claims = (more) => ({ sub: "user_9", project_id: "run402-wrapped", email: "d@example.com", exp: seconds() + 600, auth_time: 1700000000, ...more });
  const es256 = async (more, header) => ({ ...direct, ...bearer(await sign(keys, "ES256", claims(more), header)) });
  const good = await es256();
  const list = [
    simple("user", nobody, { ...only, title: "nobody" }),
    simple("user", zoe, { ...only, title: "actor", headers: actor() }),
    simple("user", (r) => assert.equal(r.json().role, "editor"), { ...only, title: "role", headers: { ...actor(), "x-test-role": "editor" } }),
    simple("user", tainted("true"), { ...only, title: "auth.user taints", headers: actor() }),
    simple("mine", tainted("false"), { ...only, title: "db does not taint" }),
    simple("required", (r) => assert.equal(r.json().code, "R402_AUTH_REQUIRED"), { ...only, title: "required, nobody", status: 500 }),
    simple("required", zoe, { ...only, title: "required, actor", headers: actor() }),
    simple("csrf", (r) => assert.match(r.json().token, /^[0-9a-f]{32}$/), { ...only, headers: actor() }),
    simple("follow", (r) => assert.deepEqual(r.json(), Array(5).fill(true)), { ...only, times: 12 }),
    simple("routed", (r) => assert.deepEqual([r.text, r.headers.get("x-a")], ["plain ü", "1"]), { ...only, status: 202 }),
    simple("bytes", (r) => assert.deepEqual([...r.bytes], [0, 255, 7]), only),
    simple("tenant", (r) => assert.equal(r.headers.get("x-test-mint"), "true"), only),
    simple("cache", (r, calls) => {
      assert.equal(r.json().length, 6);
      assert.deepEqual(own(calls).map(({ body }) => JSON.parse(body).kind), ["exact", "exact", "prefix", "all", "many"]);
      assert.equal(r.json()[0].generation, "900719925474099312n");
    }, only),
    simple("runs", (r, calls) => {
      called(calls, "POST /functions/v1/report/runs");
      assert.equal(own(calls)[0].headers["x-run402-parent-run-id"], "run_0");
    }, { ...only, headers: { "x-test-run": "run_0" } }),
    simple("ambient", (r) => assert.equal(r.json()[0].seen_as, "Bearer actor.jwt.token"), { bundles: VERSION_4, title: "ambient, actor", headers: actor() }),
    simple("ambient", (r) => assert.equal(r.json()[0].seen_as, "anonymous"), { ...only, title: "ambient, nobody" }),
    simple("security", (r) => assert.equal(r.json().security.has_run402_password, true), { bundles: VERSION_4, headers: actor() }),
    // Version 4 takes public keys from the gateway, version 3 has a shared secret.
    simple("user", user9, { bundles: ["wrapped"], title: "ES256", headers: good }),
    simple("user", user9, { bundles: ["brought"], title: "ES256", headers: await es256({ project_id: "run402-brought" }) }),
    simple("user", user9, {
      bundles: ["wrapped-3"], title: "HS256", headers: { ...direct, ...bearer(hs256(claims({ project_id: "run402-wrapped-3" }))) },
    }),
  ];
  for (const [title, headers] of [
    ["routed bearer", bearer(good.authorization.slice(7))],
    ["ES256 tampered", { ...direct, ...bearer(tampered(good.authorization.slice(7))) }],
    ["ES256 expired", await es256({ exp: 1700000000 })],
    ["ES256 without kid", await es256({}, { kid: undefined })],
    ["ES256 other key", await es256({}, { kid: "other" })],
    ["ES256 other project", await es256({ project_id: "other" })],
    ["HS256 tampered", { ...direct, ...bearer(tampered(hs256(claims()))) }],
  ]) {
    list.push(simple("user", nobody, { ...only, title, headers }));
  }
  const wrong = {
    version: { v: 2 }, issuer: { iss: "other" }, audience: { aud: "other" }, kid: { kid: "other" }, lifetime: { exp: seconds() + 3600 },
    expired: { iat: 1700000000, exp: 1700000060 }, project: { project_id: "other" }, request: { request_id: "req_other" }, method: { method: "POST" },
    host: { host: "other.test" }, path: { path_hash: "00" },
  };
  for (const [title, envelope] of Object.entries(wrong)) {
    list.push(simple("user", nobody, { ...only, title: `envelope with a wrong ${title}`, headers: actor({ envelope }) }));
  }
  return list;
}

export default {
  services: { GATEWAY_URL: () => gateway(Object.values(keys).map((key) => key.publicJwk)) },
  env: {
    RUN402_SERVICE_KEY: SERVICE_KEY,
    RUN402_ANON_KEY: ANON_KEY,
    TEST_ACTOR_KEY: JSON.stringify(ACTOR_KEY),
  },
  bundles: {
    plain: { ...node, entry: "handler.js" },
    wrapped: wrapper,
    // The library is left to the release, which brings it: the wrapper and the handler meet in one instance.
    brought: { ...wrapper, external: ["@run402/functions"], brings: ["@run402/functions"] },
    "plain-3": { ...node, entry: "handler.js", alias: older, env: secret },
    "wrapped-3": { ...wrapper, alias: { ...wrapper.alias, ...older }, env: secret },
  },
  requests,
};
