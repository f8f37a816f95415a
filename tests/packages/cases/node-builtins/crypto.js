import crypto, {
  createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, createSign, createVerify, getHashes, hkdfSync, pbkdf2Sync, randomBytes, randomFillSync,
  randomInt, randomUUID, sign, timingSafeEqual, verify, webcrypto,
} from "node:crypto";

// A key pair that signs the same each time, and one that does not.
const ED = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const pem = (base64) => `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
const EC_JWK = {
  kty: "EC", crv: "P-256", x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
};

export default {
  ...Object.fromEntries(
    ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "RSA-SHA256", "sha3-256", "none"].flatMap((name) =>
      ["hex", "base64", "base64url", undefined].map((encoding) => [`hash ${name} ${encoding}`, () => createHash(name).update("grün").digest(encoding)]),
    ),
  ),
  "hash in parts": () => createHash("sha256").update("a").update(Buffer.from("b")).update(new Uint8Array([99])).update("64", "hex").digest("hex"),
  "hash of latin1": () => createHash("sha1").update("ä", "latin1").digest("hex"),
  "hash twice": () => {
    const hash = createHash("sha1");
    hash.digest();
    return hash.digest();
  },
  "hash copy": () => {
    const hash = createHash("sha256").update("a");
    return [hash.copy().update("b").digest("hex"), hash.digest("hex")];
  },
  "hash of a number": () => createHash("sha256").update(1),
  "hash is chained": () => createHash("sha256").update("a").constructor.name,
  ...Object.fromEntries(
    ["md5", "sha1", "sha256", "sha512"].map((name) => [`hmac ${name}`, () => createHmac(name, "key").update("text").digest("hex")]),
  ),
  "hmac buffer key": () => createHmac("sha256", Buffer.alloc(100, 1)).update("text").digest("base64"),
  "hmac secret key": () => createHmac("sha256", createSecretKey(Buffer.from("key"))).update("text").digest("hex"),
  "hmac without a key": () => createHmac("sha256"),
  "hmac unknown": () => createHmac("none", "key"),
  "equal": () => timingSafeEqual(Buffer.from("abc"), new Uint8Array([97, 98, 99])),
  "not equal": () => timingSafeEqual(Buffer.from("abc"), Buffer.from("abd")),
  "equal, other length": () => timingSafeEqual(Buffer.from("abc"), Buffer.from("ab")),
  "equal, text": () => timingSafeEqual("abc", "abc"),
  "random": () => [randomBytes(16).length, Buffer.isBuffer(randomBytes(4)), randomFillSync(new Uint8Array(8)).length, randomInt(5) < 5, randomInt(3, 4), randomUUID().length],
  "random, called back": () => new Promise((resolve) => randomBytes(7, (error, bytes) => resolve([error, bytes.length]))),
  "random, negative": () => randomBytes(-1),
  "pbkdf2": () => pbkdf2Sync("password", "salt", 1000, 32, "sha256").toString("hex"),
  "pbkdf2, called back": () => new Promise((resolve) => crypto.pbkdf2("password", "salt", 10, 16, "sha512", (error, key) => resolve([error, key.toString("hex")]))),
  "hkdf": () => Buffer.from(hkdfSync("sha256", "key", "salt", "info", 24)).toString("hex"),
  "scrypt": () => crypto.scryptSync("password", "salt", 32, { N: 1024 }).toString("hex"),
  "hashes": () => ["sha1", "sha256", "sha512", "md5"].map((name) => getHashes().includes(name)),
  "webcrypto": () => [webcrypto === globalThis.crypto, crypto.subtle === globalThis.crypto.subtle, typeof crypto.getRandomValues],
  "public key": () => {
    const key = createPublicKey({ key: EC_JWK, format: "jwk" });
    return [key.type, key.asymmetricKeyType, key.export({ type: "spki", format: "der" }).toString("base64"), key.export({ type: "spki", format: "pem" }), key.export({ format: "jwk" })];
  },
  "public key of nothing": () => createPublicKey({ key: { kty: "EC" }, format: "jwk" }),
  "private key": () => {
    const key = createPrivateKey(pem(ED));
    return [key.type, key.asymmetricKeyType, createPublicKey(key).export({ format: "jwk" })];
  },
  "ed25519": () => {
    const key = createPrivateKey(pem(ED));
    const made = sign(null, Buffer.from("text"), key);
    return [made.toString("base64"), verify(null, Buffer.from("text"), createPublicKey(key), made), verify(null, Buffer.from("other"), createPublicKey(key), made)];
  },
  "ecdsa": async () => {
    const pair = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const made = Buffer.from(await webcrypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, Buffer.from("text")));
    const key = createPublicKey({ key: await webcrypto.subtle.exportKey("jwk", pair.publicKey), format: "jwk" });
    const check = (text) => createVerify("sha256").update(text).verify({ key, dsaEncoding: "ieee-p1363" }, made);
    return [check("text"), check("other")];
  },
  "ecdsa, der": async () => {
    const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
    const made = createSign("SHA256").update("text").sign(privateKey);
    return createVerify("SHA256").update("text").verify(publicKey, made);
  },
  "rsa": async () => {
    const pair = await webcrypto.subtle.generateKey({ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign", "verify"]);
    const key = createPrivateKey({ key: await webcrypto.subtle.exportKey("jwk", pair.privateKey), format: "jwk" });
    const made = createSign("RSA-SHA256").update("text").sign(key);
    return [made.length, createVerify("RSA-SHA256").update("text").verify(createPublicKey(key), made)];
  },
  "aes": () => {
    const cipher = crypto.createCipheriv("aes-256-gcm", Buffer.alloc(32, 1), Buffer.alloc(12, 2));
    const text = Buffer.concat([cipher.update("secret", "utf8"), cipher.final()]);
    const decipher = crypto.createDecipheriv("aes-256-gcm", Buffer.alloc(32, 1), Buffer.alloc(12, 2));
    decipher.setAuthTag(cipher.getAuthTag());
    return [text.toString("hex"), cipher.getAuthTag().toString("hex"), decipher.update(text, undefined, "utf8") + decipher.final("utf8")];
  },
};
