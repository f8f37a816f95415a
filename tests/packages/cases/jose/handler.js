import * as jose from "jose";

let jwks;

const routes = {
  async "/api/remote"(request, { env }) {
    jwks ??= jose.createRemoteJWKSet(new URL("/.well-known/jwks.json", env.ISSUER));
    const token = request.headers.get("authorization").slice("Bearer ".length);
    const { payload, protectedHeader } = await jose.jwtVerify(token, jwks, { issuer: "https://issuer.example", audience: "api" });
    return { payload, protectedHeader };
  },
  async "/api/local"(request, { env }) {
    const token = request.headers.get("authorization").slice("Bearer ".length);
    const keys = jose.createLocalJWKSet(JSON.parse(env.JWKS));
    return (await jose.jwtVerify(token, keys, { issuer: "https://issuer.example", audience: "api" })).payload;
  },
  // Signatures of these algorithms are the same each time.
  async "/api/sign"(_, { env }) {
    const made = {};
    for (const [alg, key] of [
      ["HS256", new TextEncoder().encode("a secret that is thirty-two bytes")],
      ["RS256", await jose.importPKCS8(env.RSA_KEY, "RS256")],
      ["EdDSA", await jose.importPKCS8(env.ED_KEY, "EdDSA")],
    ]) {
      made[alg] = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg }).setIssuedAt(1700000000).sign(key);
    }
    return made;
  },
  async "/api/own"() {
    const seen = {};
    for (const alg of ["ES256", "ES384", "ES512", "RS256", "PS512", "EdDSA"]) {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg);
      const token = await new jose.SignJWT({ alg }).setProtectedHeader({ alg }).setExpirationTime("1h").sign(privateKey);
      seen[alg] = [(await jose.jwtVerify(token, publicKey)).payload.alg, token.split(".")[2].length];
    }
    return seen;
  },
  async "/api/encrypt"() {
    const seen = {};
    for (const [alg, enc] of [["ECDH-ES+A256KW", "A256GCM"], ["RSA-OAEP-256", "A128CBC-HS256"], ["PBES2-HS256+A128KW", "A128GCM"]]) {
      const secret = new TextEncoder().encode("correct horse battery staple");
      const { publicKey, privateKey } =
        alg[0] === "P" ? { publicKey: secret, privateKey: secret } : await jose.generateKeyPair(alg, { crv: "P-384" });
      const token = await new jose.EncryptJWT({ alg }).setProtectedHeader({ alg, enc }).encrypt(publicKey);
      const allowed = { keyManagementAlgorithms: [alg], maxPBES2Count: 10000 };
      seen[alg] = (await jose.jwtDecrypt(token, privateKey, allowed)).payload;
    }
    return seen;
  },
  async "/api/thumbprint"(_, { env }) {
    return await Promise.all(JSON.parse(env.JWKS).keys.map((key) => jose.calculateJwkThumbprintUri(key)));
  },
};

export default async function handler(request, context) {
  try {
    return Response.json(await routes[new URL(request.url).pathname](request, context));
  } catch (error) {
    return Response.json({ name: error.name, code: error.code, claim: error.claim, message: error.message }, { status: 401 });
  }
}
