import crypto, { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes, randomFillSync, randomInt, randomUUID, scryptSync, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const inputs = ["", "a", "The quick brown fox", "ünïcode 🎉", "x".repeat(1000)];
const hashes = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-512", "sha512-256", "SHA256", "RSA-SHA256", "RSA-SHA512"];
const macs = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256"];

export const cases = {};
for (const name of hashes) cases[`hash ${name}`] = () => inputs.map((text) => createHash(name).update(text).digest("hex"));
for (const name of macs) cases[`hmac ${name}`] = () => inputs.map((text) => createHmac(name, "key").update(text).digest("hex"));
Object.assign(cases, {
  "the default export has the named ones": () => [crypto.createHash === createHash, crypto.timingSafeEqual === timingSafeEqual, typeof crypto.webcrypto.subtle.digest, crypto.subtle === crypto.webcrypto.subtle],
  "encodings of a digest": () => ["hex", "base64", "base64url", "latin1", "binary", "buffer", undefined].map((e) => createHash("sha1").update("a").digest(e)),
  "encodings of an input": () => ["utf8", "hex", "base64", "base64url", "latin1", "ascii", "utf16le"].map((e) => createHash("sha256").update("6162e9", e).digest("hex")),
  "inputs of any kind": () => [Buffer.from("ab"), new Uint8Array([97, 98]), new Uint16Array([25185]), new DataView(new Uint8Array([97, 98]).buffer)].map((v) => createHash("sha256").update(v).digest("hex")),
  "several updates": () => createHash("sha256").update("a").update(Buffer.from("b")).update("c", "utf8").digest("hex") === createHash("sha256").update("abc").digest("hex"),
  "copy": () => { const h = createHash("sha256").update("a"); const c = h.copy(); return [h.update("b").digest("hex"), c.digest("hex"), thrown(() => h.copy())]; },
  "digest twice": () => { const h = createHash("sha256"); h.digest(); return [thrown(() => h.digest(), true), thrown(() => h.update("x"), true)]; },
  "hmac digest twice": () => { const h = createHmac("sha256", "k"); return [h.digest("hex"), h.digest("hex"), thrown(() => h.update("x"))]; },
  "hash of nonsense": () => [thrown(() => createHash("nope")).error, thrown(() => createHash(5), true), thrown(() => createHash("sha256").update(5), true), thrown(() => createHmac("nope", "k"), true), thrown(() => createHmac("sha256"), true), thrown(() => createHash("sha256").update(null))],
  "keys of an hmac": () => ["k", Buffer.from("k"), new Uint8Array(200), Buffer.alloc(0), crypto.createSecretKey(Buffer.from("k"))].map((key) => createHmac("sha256", key).update("x").digest("hex")),
  "hmac of a webhook": () => {
    const signature = createHmac("sha256", "whsec_test").update("1700000000.{\"id\":1}", "utf8").digest("hex");
    return [signature, timingSafeEqual(Buffer.from(signature, "hex"), createHmac("sha256", "whsec_test").update(Buffer.from('1700000000.{"id":1}')).digest())];
  },
  "kinds": () => [createHash("md5") instanceof crypto.Hash, createHmac("md5", "k") instanceof crypto.Hmac, createHash("sha1").constructor.name],
  "timingSafeEqual": () => [timingSafeEqual(Buffer.from("ab"), Buffer.from("ab")), timingSafeEqual(Buffer.from("ab"), new Uint8Array([97, 99])), timingSafeEqual(Buffer.alloc(0), Buffer.alloc(0)), thrown(() => timingSafeEqual(Buffer.from("a"), Buffer.from("ab")), true), thrown(() => timingSafeEqual("a", "a"), true), thrown(() => timingSafeEqual(Buffer.from("a"), "a"), true)],
  "randomBytes": async () => [randomBytes(16).length, Buffer.isBuffer(randomBytes(1)), randomBytes(0).length, randomBytes(16).equals(randomBytes(16)), (await promisify(randomBytes)(5)).length, thrown(() => randomBytes(-1), true), thrown(() => randomBytes("5"), true), thrown(() => randomBytes(2 ** 31))],
  "randomUUID": () => [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(randomUUID()), randomUUID() === randomUUID(), randomUUID({ disableEntropyCache: true }).length],
  "randomInt": () => [Array.from({ length: 100 }, () => randomInt(5)).every((n) => n >= 0 && n < 5), Array.from({ length: 100 }, () => randomInt(-3, 3)).every((n) => n >= -3 && n < 3), thrown(() => randomInt(0), true), thrown(() => randomInt(5, 2), true), thrown(() => randomInt(1.5), true), thrown(() => randomInt(2 ** 48), true)],
  "randomInt with a callback": () => new Promise((resolve) => randomInt(10, (error, n) => resolve([error, n >= 0 && n < 10]))),
  "randomFillSync": () => { const b = Buffer.alloc(8); return [randomFillSync(b) === b, b.equals(Buffer.alloc(8)), randomFillSync(Buffer.alloc(4), 2).subarray(0, 2), randomFillSync(new Uint32Array(2)).length, thrown(() => randomFillSync(b, 9)), thrown(() => randomFillSync(b, 4, 9)), thrown(() => randomFillSync("x"))]; },
  "getRandomValues": () => [crypto.getRandomValues(new Uint8Array(4)).length, crypto.webcrypto.getRandomValues(new Uint32Array(2)).length],
  "pbkdf2Sync": () => [["sha1", 1, 20], ["sha256", 1000, 32], ["sha512", 10, 100], ["SHA-256", 2, 16]].map(([d, i, l]) => pbkdf2Sync("password", "salt", i, l, d)),
  "pbkdf2": () => promisify(crypto.pbkdf2)(Buffer.from("pw"), Buffer.from("na"), 100, 24, "sha512"),
  "pbkdf2 of nonsense": () => [thrown(() => pbkdf2Sync("p", "s", 0, 1, "sha1"), true), thrown(() => pbkdf2Sync("p", "s", 1, 1, "nope"), true), thrown(() => pbkdf2Sync("p", "s", 1, 1), true), thrown(() => pbkdf2Sync("p", "s", 1, -1, "sha1")), thrown(() => pbkdf2Sync(5, "s", 1, 1, "sha1"))],
  "hkdfSync": () => [["sha256", 42], ["sha512", 100], ["sha256", 8160]].map(([d, l]) => Buffer.from(hkdfSync(d, "secret", "salt", "info", l)).toString("hex").slice(-40)),
  "hkdf answers an ArrayBuffer": async () => [hkdfSync("sha256", "k", "s", "i", 8) instanceof ArrayBuffer, (await promisify(crypto.hkdf)("sha256", "k", "", "", 8)).byteLength, thrown(() => hkdfSync("sha256", "k", "s", "i", 8161)).code, thrown(() => hkdfSync("nope", "k", "s", "i", 1), true)],
  "scryptSync": () => [scryptSync("password", "salt", 32), scryptSync("password", "NaCl", 64, { N: 1024, r: 8, p: 4 }), scryptSync("", "", 16, { cost: 16, blockSize: 1, parallelization: 1 })],
  "scrypt": () => promisify(crypto.scrypt)("pw", "salt", 16),
  "scrypt of nonsense": () => [thrown(() => scryptSync("p", "s", 16, { N: 15 })).code, thrown(() => scryptSync("p", "s", 16, { N: 1 << 20 })).code],
  "lists": () => [crypto.getHashes().includes("sha256"), crypto.getCiphers().includes("aes-256-gcm"), crypto.getCurves().includes("prime256v1"), crypto.constants.RSA_PKCS1_PSS_PADDING, crypto.constants.RSA_PSS_SALTLEN_DIGEST],
});
