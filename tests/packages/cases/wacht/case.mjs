// @wacht/backend with the handlers of its guide for Fetch functions, against a stub of its API with its own JWKS.
//
// `worker` is the condition to bundle with: jose then uses fetch and WebCrypto. With `node` it fetches the keys through Node's http module.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";
import { ALGORITHMS, jwks, makeKeys, seconds, sign, tampered } from "../../stubs/keys.mjs";

const keys = await makeKeys();
const PAGE = { data: [{ id: "user_1", first_name: "Zoë" }], has_more: false };

function answer({ method, path, headers, body }) {
  if (path === "/.well-known/jwks.json") return { body: jwks(keys) };
  if (method === "GET" && path === "/users") {
    return headers.authorization === "Bearer wk_live_1" ? { body: PAGE } : { status: 401, body: { message: "no" } };
  }
  if (method === "POST" && path === "/v1/authz/check") return { body: { allowed: JSON.parse(body).principal.value === "ak_good" } };
  return undefined;
}

const seed = ["worker", "workerd", "node"];

async function requests({ WACHT_BACKEND_API_URL: { url } }) {
  const claims = (more) => ({
    iss: url, sub: "user_1", sess: "sess_1", iat: seconds(), exp: seconds() + 600,
    organization: "org_1", organization_permissions: ["user:read"], ...more,
  });
  const bearer = async (alg, more, header) => ({ authorization: `Bearer ${await sign(keys, alg, claims(more), header)}` });
  const list = [];
  for (const alg of ALGORITHMS) {
    const headers = await bearer(alg);
    list.push(
      {
        title: `${alg} valid`, path: "/api/users", headers, bundles: seed,
        check(r, calls) {
          assert.deepEqual(r.json(), PAGE);
          assert.equal(calls.at(-1).query, "?limit=20");
        },
      },
      // The guide's handler lets `protect` throw, so the answer is the platform's for an error in the function.
      { title: `${alg} tampered`, path: "/api/users", headers: { authorization: tampered(headers.authorization) }, throws: true, bundles: seed },
      { title: `${alg} expired`, path: "/api/users", headers: await bearer(alg, { exp: 1700000000 }), throws: true, bundles: seed },
      { title: `${alg} other issuer`, path: "/api/users", headers: await bearer(alg, { iss: "https://a.example" }), throws: true, bundles: seed },
      { title: `${alg} no permission`, path: "/api/users", headers: await bearer(alg, { organization_permissions: [] }), throws: true, bundles: seed },
    );
  }
  list.push({ title: "no token", path: "/api/users", throws: true, bundles: seed });
  list.push({ title: "key", path: "/api/machine", headers: { "x-api-key": "ak_good" }, bundles: ["machine"] });
  list.push({ title: "wrong key", path: "/api/machine", headers: { "x-api-key": "ak_bad" }, status: 403, bundles: ["machine"] });
  return list;
}

export default {
  services: { WACHT_BACKEND_API_URL: () => Stub.start(answer) },
  env: ({ WACHT_BACKEND_API_URL: { url } }) => ({
    WACHT_API_KEY: "wk_live_1",
    WACHT_PUBLISHABLE_KEY: `pk_test_${Buffer.from(url).toString("base64")}`,
  }),
  // A request of node:http is one of `fetch`, which says what it accepts.
  quiet: /^accept: \*\/\*$/,
  bundles: {
    worker: { entry: "handler.ts", conditions: ["worker"], platform: "neutral", mainFields: ["module", "main"] },
    workerd: { entry: "handler.ts", conditions: ["workerd", "worker", "browser"], platform: "browser" },
    node: { entry: "handler.ts", platform: "node" },
    machine: { entry: "machine.ts", conditions: ["worker"], platform: "neutral", mainFields: ["module", "main"] },
  },
  requests,
};
