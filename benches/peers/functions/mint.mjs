// Reads user ids (JSON, standard input), writes an ES256 key and a token for each of them.
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { readFileSync } from "node:fs";

const issuer = "https://id.race.test/", audience = "race", kid = "race";
const { publicKey, privateKey } = await generateKeyPair("ES256");
const token = (user) =>
  new SignJWT({ role: "authenticated", email: `${user}@example.com` })
    .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
    .setIssuer(issuer).setAudience(audience).setSubject(user).setIssuedAt().setExpirationTime("2h")
    .sign(privateKey);
const tokens = await Promise.all(JSON.parse(readFileSync(0, "utf8")).map(token));
console.log(JSON.stringify({ issuer, audience, jwk: { ...(await exportJWK(publicKey)), alg: "ES256", use: "sig", kid }, tokens }));
