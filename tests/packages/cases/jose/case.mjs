// jose 6: WebCrypto only, one build for every runtime. Tokens come from the driver, keys from a JWKS over HTTP or from the environment.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Stub } from "../../lib/stub.mjs";
import { ALGORITHMS, jwks, makeKeys, seconds, sign, tampered } from "../../stubs/keys.mjs";

const keys = await makeKeys([...ALGORITHMS, "PS256"]);
const pem = (type, options) => generateKeyPairSync(type, options).privateKey.export({ type: "pkcs8", format: "pem" });
const claims = (more) => ({ iss: "https://issuer.example", aud: "api", sub: "user_1", iat: seconds(), exp: seconds() + 3600, ...more });
const bearer = async (alg, more, header) => ({ authorization: `Bearer ${await sign(keys, alg, claims(more), header)}` });

async function requests() {
  const list = [];
  for (const alg of Object.keys(keys)) {
    const headers = await bearer(alg);
    const good = (r) => assert.equal((r.json().payload ?? r.json()).sub, "user_1");
    list.push({ title: `${alg} remote`, path: "/api/remote", headers, check: good });
    list.push({ title: `${alg} local`, path: "/api/local", headers, check: good });
    const broken = { authorization: tampered(headers.authorization) };
    const code = (text) => (r) => assert.equal(r.json().code, text);
    list.push({ title: `${alg} tampered`, path: "/api/local", headers: broken, status: 401, check: code("ERR_JWS_SIGNATURE_VERIFICATION_FAILED") });
  }
  const refused = async (title, code, headers) =>
    list.push({ title, path: "/api/local", headers: await headers, status: 401, check: (r) => assert.equal(r.json().code, code) });
  await refused("expired", "ERR_JWT_EXPIRED", bearer("ES256", { exp: 1700000000 }));
  await refused("not yet valid", "ERR_JWT_CLAIM_VALIDATION_FAILED", bearer("ES256", { nbf: seconds() + 9000 }));
  await refused("wrong issuer", "ERR_JWT_CLAIM_VALIDATION_FAILED", bearer("ES256", { iss: "https://other.example" }));
  await refused("unknown key", "ERR_JWKS_NO_MATCHING_KEY", bearer("ES256", {}, { kid: "other" }));
  list.push({ path: "/api/sign" }, { path: "/api/own" }, { path: "/api/encrypt" }, { path: "/api/thumbprint" });
  return list;
}

export default {
  services: { ISSUER: () => Stub.start((call) => (call.path === "/.well-known/jwks.json" ? { body: jwks(keys) } : undefined)) },
  env: {
    JWKS: JSON.stringify(jwks(keys)),
    RSA_KEY: pem("rsa", { modulusLength: 2048 }),
    ED_KEY: pem("ed25519"),
  },
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests,
};
