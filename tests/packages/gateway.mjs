// A stub of the platform's gateway: answers the calls that @run402/functions makes (reference 2.5) and writes them down.
//
// What it asks of a call is what the contract says of it: a key that is missing, a path or a body of another shape is an error, so
// that an answer means that the call was right.

import { Stub } from "./lib/stub.mjs";

export const SERVICE_KEY = "svc_test_key";
export const ANON_KEY = "anon_test_key";

// The key of actor envelopes: 32 bytes, by its id.
export const ACTOR_KEY = { kid: "actor-1", base64: Buffer.alloc(32, 7).toString("base64") };

const denied = { status: 401, body: { error: "unauthorized", code: "unauthorized" } };
const refused = (status, code, more) => ({ status, body: { error: code, code, message: `refused: ${code}`, trace_id: "trc_1", ...more } });

const ITEMS = [{ id: 1, title: "milk", user_id: "user_1" }, { id: 2, title: "grün", user_id: "user_2" }];

// PostgREST, as far as the query builder speaks it.
function rest({ method, query, body }, who) {
  const asked = new URLSearchParams(query);
  if (asked.has("broken")) return refused(400, "PGRST100");
  if (method === "GET") {
    const filters = [...asked].filter(([, value]) => /^(eq|in|gt|like)\./.test(value));
    const rows = ITEMS.filter((row) => filters.every(([column, value]) => !value.startsWith("eq.") || String(row[column]) === value.slice(3)));
    return { body: rows.map((row) => ({ ...row, seen_as: who })) };
  }
  if (method === "POST") {
    const rows = JSON.parse(Buffer.from(body, "latin1"));
    if (!Array.isArray(rows)) return refused(400, "PGRST102");
    return { status: 201, body: rows.map((row, i) => ({ id: 10 + i, ...row })) };
  }
  if (method === "PATCH") return { body: [{ ...ITEMS[0], ...JSON.parse(Buffer.from(body, "latin1")) }] };
  return { body: [ITEMS[0]] };
}

function sql({ headers, body }) {
  const text = Buffer.from(body, "latin1").toString();
  const { sql: query, params } = headers["content-type"] === "text/plain" ? { sql: text, params: [] } : JSON.parse(text);
  if (query.includes("broken")) return refused(400, "42601");
  return { body: { status: "ok", schema: "p0001", rows: [{ query, params }], row_count: 1, fields: [{ name: "query", type: "text" }] } };
}

let generation = 0;

function invalidate({ body }) {
  const asked = JSON.parse(body);
  if (asked.host === "other.test") return refused(403, "HOST_FORBIDDEN", { host: asked.host });
  generation += 1;
  const one = { deleted: 1, generation: String(generation > 0 ? 900719925474099312n : 0n), host: asked.host ?? "many" };
  return { body: asked.kind === "many" ? { ...one, deleted: asked.urls.length, results: [] } : { ...one, path: asked.path } };
}

// What only the service key may do: [method, path] -> answer.
const SERVICE = [
  ["GET", /^\/internal\/v1\/actor-context-keys$/, () => ({ body: { keys: { [ACTOR_KEY.kid]: ACTOR_KEY.base64 } } })],
  ["GET", /^\/mailboxes\/v1$/, () => ({ body: { mailboxes: [{ mailbox_id: "mbx_1", slug: "hello", is_default_outbound: true, can_send: true }], default_outbound_mailbox_id: "mbx_1" } })],
  ["POST", /^\/mailboxes\/v1\/mbx_1\/messages$/, ({ body }) => ({ body: { message_id: "msg_1", ...JSON.parse(Buffer.from(body, "latin1")) } })],
  ["POST", /^\/ai\/v1\/translate$/, ({ body }) => ({ body: { text: "hola", from: "en", asked: JSON.parse(body) } })],
  ["POST", /^\/ai\/v1\/moderate$/, () => ({ body: { flagged: false, categories: {} } })],
  ["POST", /^\/(generate-image\/v1|ai\/v1\/generate-image)$/, ({ body }) =>
    JSON.parse(body).prompt === "too much" ? refused(403, "QUOTA_EXCEEDED") : { body: { image: "aW1n", content_type: "image/png", ...JSON.parse(body) } }],
  ["POST", /^\/apply\/v1\/service-asset-put$/, ({ headers, body }) => ({
    body: { key: headers["x-run402-asset-key"], size_bytes: body.length, visibility: headers["x-run402-asset-visibility"] ?? "public", immutable: true, immutable_url: "https://cdn/x" },
  })],
  ["POST", /^\/projects\/v1\/[^/]+\/events$/, ({ body }) => ({ body: { cursor: "c1", deduplicated: false, ...JSON.parse(body) } })],
  ["POST", /^\/functions\/v1\/[^/]+\/runs$/, ({ path, headers, body }) => ({
    body: { run_id: "run_1", function_name: path.split("/")[3], status: "queued", key: headers["idempotency-key"], ...JSON.parse(body) },
  })],
  ["POST", /^\/projects\/v1\/admin\/[^/]+\/sql$/, sql],
  ["POST", /^\/cache\/v1\/invalidate$/, invalidate],
];

// `keys` are public JWKs for user tokens.
export function gateway(keys = []) {
  return Stub.start((call) => {
    const { method, path, headers } = call;
    const service = headers.authorization === `Bearer ${SERVICE_KEY}`;
    if (path === "/internal/v1/project-jwt-keys") return service ? { body: { keys } } : denied;
    if (path.startsWith("/rest/v1/")) return headers.apikey === ANON_KEY ? rest(call, headers.authorization ?? "anonymous") : denied;
    if (path.startsWith("/admin/v1/rest/")) return service && headers.apikey === SERVICE_KEY ? rest(call, "service") : denied;
    if (path === "/storage/v1/blobs") return headers.apikey === SERVICE_KEY ? { body: { blobs: [{ key: call.query }], next_cursor: null } } : denied;
    if (path.startsWith("/auth/v1/account/")) {
      return headers.apikey === ANON_KEY && headers.authorization ? { body: { has_run402_password: true, asked: path, query: call.query } } : denied;
    }
    const known = SERVICE.find(([verb, pattern]) => verb === method && pattern.test(path));
    if (!known) return undefined;
    return service ? known[2](call) : denied;
  });
}
