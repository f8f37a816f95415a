// @supabase/supabase-js against a stub of PostgREST, Auth, Storage and Functions.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";

function answer({ method, path, query, headers, body }) {
  if (headers.apikey !== "anon") return { status: 401, body: { message: "No API key found in request" } };
  if (path === "/rest/v1/items" && method === "GET") {
    if (!query.includes("order=id.desc")) return { status: 400, body: { code: "PGRST100", message: query, details: null, hint: null } };
    return { headers: { "content-range": "0-1/57" }, body: [{ id: 2, title: "milk", owner: { name: "Zoë" } }, { id: 1, title: "bread", owner: null }] };
  }
  if (path === "/rest/v1/items" && method === "POST") {
    const row = JSON.parse(body);
    if (!row.title) return { status: 409, body: { code: "23502", message: "null value in column", details: null, hint: null } };
    return { status: 201, headers: { "content-type": "application/vnd.pgrst.object+json" }, body: JSON.stringify({ id: 9, ...row }) };
  }
  if (path === "/rest/v1/rpc/add") return { body: JSON.parse(body).a + JSON.parse(body).b };
  if (path === "/auth/v1/user") {
    if (headers.authorization === "Bearer good") return { body: { id: "user_1", email: "a@example.com", aud: "authenticated" } };
    return { status: 403, body: { code: 403, error_code: "bad_jwt", msg: "invalid JWT" } };
  }
  if (path === "/functions/v1/hello") return { body: { hello: JSON.parse(Buffer.from(body, "latin1")).name } };
  if (path.startsWith("/storage/v1/object/") && method === "POST") return { body: { Id: "1", Key: "avatars/a/b.png" } };
  if (path.startsWith("/storage/v1/object/")) return { headers: { "content-type": "image/png" }, body: new Uint8Array([137, 80, 78, 71]) };
  return undefined;
}

const json = { "content-type": "application/json" };

export default {
  services: { SUPABASE_URL: () => Stub.start(answer) },
  env: { SUPABASE_ANON_KEY: "anon" },
  bundles: { browser: { platform: "browser" }, node: { platform: "node" } },
  // The client says which version of its runtime it is on.
  quiet: /^x-client-info/,
  requests: [
    { path: "/api/items", check: (r) => assert.deepEqual([r.json().count, r.json().data[0].owner.name], [57, "Zoë"]) },
    { method: "POST", path: "/api/items", headers: json, body: '{"title":"Käse"}', status: 201 },
    { title: "refused by the database", method: "POST", path: "/api/items", headers: json, body: "{}", status: 409 },
    { title: "signed in", path: "/api/me", headers: { authorization: "Bearer good" }, check: (r) => assert.equal(r.json().data.user.id, "user_1") },
    { title: "not signed in", path: "/api/me", headers: { authorization: "Bearer bad" }, check: (r) => assert.equal(r.json().error.status, 403) },
    { path: "/api/rpc", check: (r) => assert.equal(r.json().data, 42) },
    { path: "/api/invoke", check: (r) => assert.deepEqual(r.json(), { hello: "Zoë" }) },
    { path: "/api/storage", check: (r) => assert.deepEqual(r.json().bytes, [137, 80, 78, 71]) },
  ],
};
