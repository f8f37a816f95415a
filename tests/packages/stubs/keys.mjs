// Keys of the signature algorithms that identity providers use, and tokens signed with them. Made anew in each run.

import { exportJWK, generateKeyPair, SignJWT } from "jose";

export const ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "EdDSA"];

// { ALG: { private key, public JWK with `kid` and `alg` } }
export async function makeKeys(algorithms = ALGORITHMS) {
  const keys = {};
  for (const alg of algorithms) {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    keys[alg] = { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: `key-${alg}`, alg, use: "sig" } };
  }
  return keys;
}

export const jwks = (keys) => ({ keys: Object.values(keys).map((key) => key.publicJwk) });

// A token of `claims`; `header` is added to the protected one.
export function sign(keys, alg, claims, header = {}) {
  return new SignJWT(claims).setProtectedHeader({ alg, kid: `key-${alg}`, typ: "JWT", ...header }).sign(keys[alg].privateKey);
}

// The token with one character of its signature changed.
export function tampered(token) {
  const at = token.length - 20;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}

export const seconds = () => Math.floor(Date.now() / 1000);
