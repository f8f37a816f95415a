// The platform's own module for `@run402/functions`. Nothing under Node has that, so the answers are checked, not compared.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { ANON_KEY, gateway, SERVICE_KEY } from "../../gateway.mjs";

const SECRET = "a-shared-secret-of-the-older-version";

function token(claims) {
  const parts = [{ alg: "HS256", typ: "JWT" }, { project_id: "run402-own-module", sub: "user_1", role: "authenticated", email: "a@example.com", exp: 4102444800, ...claims }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return { authorization: `Bearer ${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}` };
}

const ask = (path, check, more) => ({ path: `/api/${path}`, only: "portico", check, ...more });
const post = (prompt) => ({ method: "POST", headers: token(), body: JSON.stringify({ prompt }) });

export default {
  services: { GATEWAY_URL: () => gateway() },
  env: { RUN402_SERVICE_KEY: SERVICE_KEY, RUN402_ANON_KEY: ANON_KEY, RUN402_JWT_SECRET: SECRET },
  bundles: {
    module: {
      platform: "neutral", external: ["@run402/functions"], node: false,
      banner: { js: "process.env.RUN402_API_BASE = process.env.GATEWAY_URL;" },
    },
  },
  requests: [
    ask("todo", (r, [call]) => {
      assert.deepEqual(r.json().caller, { id: "user_1", role: "authenticated", email: "a@example.com" });
      assert.equal(r.json().rows[0].title, "milk");
      assert.deepEqual([call.headers.apikey, call.headers.authorization], [ANON_KEY, token().authorization]);
    }, { headers: token() }),
    ask("todo", undefined, { title: "nobody", status: 401 }),
    ask("todo", undefined, { title: "expired", status: 401, headers: token({ exp: 1700000000 }) }),
    ask("todo", undefined, { title: "another project", status: 401, headers: token({ project_id: "other" }) }),
    ask("todo", undefined, { title: "forged", status: 401, headers: { authorization: `${token().authorization.slice(0, -3)}abc` } }),
    // What a client says in the platform's name does not arrive.
    ask("gate", (r) => assert.deepEqual(r.json(), { id: null, role: null }), {
      headers: { "x-run402-user-id": "admin", "x-run402-user-role": "admin" },
    }),
    ask("maintenance", (r, calls) => {
      assert.deepEqual([r.json().first.title, r.json().counted, r.json().rows[0].params], ["by the system", [1, 1], ["user_1"]]);
      assert.deepEqual(calls.map(({ method }) => method), ["POST", "DELETE", "POST"]);
    }),
    ask("letters", (r) => assert.deepEqual(r.json().map((letter) => letter.message_id), ["msg_1", "msg_1"])),
    ask("words", (r, calls) => {
      assert.deepEqual(r.json(), { text: "hola", fine: true });
      assert.deepEqual(JSON.parse(calls[0].body), { text: "good morning", to: "es", context: "a greeting" });
    }),
    ask("picture", undefined, { title: "picture for nobody", method: "POST", status: 401 }),
    ask("picture", (r, calls) => {
      assert.equal(r.json().url, "https://cdn/x");
      assert.equal(calls[1].headers["x-run402-asset-key"], "pictures/one.png");
    }, post("a moon")),
    ask("picture", (r) => assert.match(r.json().why, /QUOTA_EXCEEDED/), { title: "picture, no quota", status: 503, ...post("too much") }),
  ],
};
