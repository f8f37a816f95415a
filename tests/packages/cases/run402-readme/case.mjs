// The README's examples with the platform's own module for `@run402/functions`. Nothing under Node has that, so the answers are
// checked, not compared.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { ANON_KEY, gateway, SERVICE_KEY } from "../../gateway.mjs";

const SECRET = "a-shared-secret-of-the-older-version";

function token(claims) {
  const parts = [{ alg: "HS256", typ: "JWT" }, { project_id: "run402-readme-own", sub: "user_1", role: "authenticated", email: "a@example.com", exp: 4102444800, ...claims }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return { authorization: `Bearer ${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}` };
}

const ask = (path, check, more) => ({ path: `/api/${path}`, only: "portico", check, ...more });
const post = (prompt) => ({ method: "POST", headers: token(), body: JSON.stringify({ prompt }) });

export default {
  services: { GATEWAY_URL: () => gateway() },
  env: { RUN402_SERVICE_KEY: SERVICE_KEY, RUN402_ANON_KEY: ANON_KEY, RUN402_JWT_SECRET: SECRET },
  bundles: {
    own: {
      platform: "neutral", external: ["@run402/functions"], node: false,
      banner: { js: "process.env.RUN402_API_BASE = process.env.GATEWAY_URL;" },
    },
  },
  requests: [
    ask("mine", (r, [call]) => {
      assert.equal(r.json()[0].title, "milk");
      assert.deepEqual([call.headers.apikey, call.headers.authorization], [ANON_KEY, token().authorization]);
    }, { headers: token() }),
    ask("mine", undefined, { title: "nobody", status: 401 }),
    ask("mine", undefined, { title: "expired", status: 401, headers: token({ exp: 1700000000 }) }),
    ask("mine", undefined, { title: "another project", status: 401, headers: token({ project_id: "other" }) }),
    ask("mine", undefined, { title: "forged", status: 401, headers: { authorization: `${token().authorization.slice(0, -3)}abc` } }),
    // What a client says in the platform's name does not arrive.
    ask("gate", (r) => assert.deepEqual(r.json(), { ok: true, actor: null, role: null }), {
      headers: { "x-run402-user-id": "admin", "x-run402-user-role": "admin" },
    }),
    ask("admin", (r) => assert.deepEqual([r.json().created.title, r.json().rowCount, r.json().rows[0].params], ["New", 1, ["user_1"]])),
    ask("mail", (r) => assert.deepEqual(r.json().map((mail) => mail.message_id), ["msg_1", "msg_1"])),
    ask("text", (r, calls) => {
      assert.deepEqual([r.json().text, r.json().flagged, r.json().image.aspect], ["hola", false, "landscape"]);
      assert.deepEqual(JSON.parse(calls[0].body), { text: "Hello world", to: "es", context: "marketing tagline" });
    }),
    ask("avatar", (r) => assert.equal(r.json().url, "https://cdn/x")),
    ask("image", undefined, { title: "image, GET", status: 405 }),
    ask("image", (r) => assert.equal(r.json().image, "aW1n"), post("a moon")),
    ask("image", undefined, { title: "image without a prompt", status: 400, ...post("") }),
    ask("image", (r) => assert.match(r.json().detail, /^Image generation failed \(403\): QUOTA_EXCEEDED/), { title: "image, no quota", status: 503, ...post("too much") }),
    ask("routed?x=1", (r) => assert.deepEqual([r.json().query, r.headers.getSetCookie().length], ["?x=1", 2])),
    ask("routed", undefined, { title: "without a token", method: "POST", status: 403 }),
    ask("routed", undefined, { title: "preflight", method: "OPTIONS", status: 204 }),
  ],
};
