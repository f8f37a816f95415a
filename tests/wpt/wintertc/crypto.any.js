// META: title=crypto
// META: timeout=long

const { subtle } = crypto;
const data = new TextEncoder().encode("some data to work on");
const bytes = (buffer) => new Uint8Array(buffer);
const hex = (buffer) => [...bytes(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

test(() => {
  const values = new Uint8Array(64);
  assert_equals(crypto.getRandomValues(values), values);
  assert_true(values.some((byte) => byte !== 0));
  assert_throws_dom("TypeMismatchError", () => crypto.getRandomValues(new Float32Array(1)));
  assert_throws_quotaexceedederror(() => crypto.getRandomValues(new Uint8Array(65_537)));
  assert_true(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
}, "getRandomValues, randomUUID");

function assert_throws_quotaexceedederror(run) {
  try {
    run();
  } catch (error) {
    assert_equals(error.name, "QuotaExceededError");
    return;
  }
  assert_unreached("it did not throw");
}

const DIGESTS = {
  "SHA-1": "a9993e364706816aba3e25717850c26c9cd0d89d",
  "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "SHA-384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  "SHA-512":
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

for (const [name, expected] of Object.entries(DIGESTS)) {
  promise_test(async () => assert_equals(hex(await subtle.digest(name, new TextEncoder().encode("abc"))), expected), `digest: ${name}`);
}

// Keys that sign: generated, exported, imported, and used with what came back.
const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const SIGNERS = [
  [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", ...RSA }, "RSASSA-PKCS1-v1_5"],
  [{ name: "RSA-PSS", hash: "SHA-384", ...RSA }, { name: "RSA-PSS", saltLength: 32 }],
  [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  [{ name: "ECDSA", namedCurve: "P-384" }, { name: "ECDSA", hash: "SHA-384" }],
  [{ name: "ECDSA", namedCurve: "P-521" }, { name: "ECDSA", hash: "SHA-512" }],
  [{ name: "Ed25519" }, "Ed25519"],
];

for (const [algorithm, how] of SIGNERS) {
  promise_test(async (t) => {
    const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    assert_true(pair.privateKey instanceof CryptoKey);
    assert_equals(pair.publicKey.type, "public");
    assert_equals(pair.privateKey.algorithm.name, algorithm.name);
    const signature = await subtle.sign(how, pair.privateKey, data);
    assert_true(await subtle.verify(how, pair.publicKey, signature, data));
    assert_false(await subtle.verify(how, pair.publicKey, signature, new Uint8Array(3)));
    await promise_rejects_dom(t, "InvalidAccessError", subtle.sign(how, pair.publicKey, data));
    for (const format of ["jwk", "spki"]) {
      const key = await subtle.importKey(format, await subtle.exportKey(format, pair.publicKey), algorithm, true, ["verify"]);
      assert_true(await subtle.verify(how, key, signature, data), `public key by ${format}`);
    }
    for (const format of ["jwk", "pkcs8"]) {
      const key = await subtle.importKey(format, await subtle.exportKey(format, pair.privateKey), algorithm, false, ["sign"]);
      assert_true(await subtle.verify(how, pair.publicKey, await subtle.sign(how, key, data), data), `private key by ${format}`);
      await promise_rejects_dom(t, "InvalidAccessError", subtle.exportKey(format, key));
    }
  }, `sign and verify: ${algorithm.name} ${algorithm.namedCurve ?? ""}`);
}

for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
  promise_test(async () => {
    const key = await subtle.generateKey({ name: "HMAC", hash }, true, ["sign", "verify"]);
    const signature = await subtle.sign("HMAC", key, data);
    assert_true(await subtle.verify("HMAC", key, signature, data));
    const again = await subtle.importKey("jwk", await subtle.exportKey("jwk", key), { name: "HMAC", hash }, false, ["sign"]);
    assert_equals(hex(await subtle.sign("HMAC", again, data)), hex(signature));
  }, `sign and verify: HMAC ${hash}`);
}

const iv = (length) => crypto.getRandomValues(new Uint8Array(length));
const CIPHERS = [
  ["AES-CBC", () => ({ iv: iv(16) })],
  ["AES-CTR", () => ({ counter: iv(16), length: 64 })],
  ["AES-GCM", () => ({ iv: iv(12), additionalData: iv(5) })],
  ["ChaCha20-Poly1305", () => ({ iv: iv(12) })],
];

for (const [name, parameters] of CIPHERS) {
  for (const length of name.startsWith("AES") ? [128, 192, 256] : [256]) {
    promise_test(async () => {
      const key = await subtle.generateKey({ name, length }, true, ["encrypt", "decrypt"]);
      const how = { name, ...parameters() };
      const secret = await subtle.encrypt(how, key, data);
      assert_not_equals(hex(secret).slice(0, 40), hex(data));
      assert_equals(hex(await subtle.decrypt(how, key, secret)), hex(data));
      const jwk = await subtle.exportKey("jwk", key);
      const again = await subtle.importKey("jwk", jwk, { name }, true, ["decrypt"]);
      assert_equals(hex(await subtle.decrypt(how, again, secret)), hex(data));
    }, `encrypt and decrypt: ${name} ${length}`);
  }
}

promise_test(async (t) => {
  const key = await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const how = { name: "AES-GCM", iv: iv(12) };
  const secret = bytes(await subtle.encrypt(how, key, data));
  secret[0] ^= 1;
  await promise_rejects_dom(t, "OperationError", subtle.decrypt(how, key, secret));
}, "AES-GCM notices a changed byte");

promise_test(async () => {
  const pair = await subtle.generateKey({ name: "RSA-OAEP", hash: "SHA-256", ...RSA }, true, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
  const how = { name: "RSA-OAEP", label: iv(4) };
  assert_equals(hex(await subtle.decrypt(how, pair.privateKey, await subtle.encrypt(how, pair.publicKey, data))), hex(data));
  const key = await subtle.generateKey({ name: "AES-CBC", length: 256 }, true, ["encrypt"]);
  const wrapped = await subtle.wrapKey("raw", key, pair.publicKey, how);
  const back = await subtle.unwrapKey("raw", wrapped, pair.privateKey, how, "AES-CBC", true, ["encrypt"]);
  assert_equals(hex(await subtle.exportKey("raw", back)), hex(await subtle.exportKey("raw", key)));
}, "RSA-OAEP: encrypt, decrypt, wrap, unwrap");

promise_test(async () => {
  const wrapper = await subtle.generateKey({ name: "AES-KW", length: 256 }, true, ["wrapKey", "unwrapKey"]);
  const key = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  const wrapped = await subtle.wrapKey("raw", key, wrapper, "AES-KW");
  const back = await subtle.unwrapKey("raw", wrapped, wrapper, "AES-KW", { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  assert_equals(hex(await subtle.exportKey("raw", back)), hex(await subtle.exportKey("raw", key)));
}, "AES-KW: wrap, unwrap");

for (const algorithm of [
  { name: "ECDH", namedCurve: "P-256" },
  { name: "ECDH", namedCurve: "P-384" },
  { name: "ECDH", namedCurve: "P-521" },
  { name: "X25519" },
  { name: "X448" },
]) {
  promise_test(async () => {
    const mine = await subtle.generateKey(algorithm, true, ["deriveBits", "deriveKey"]);
    const theirs = await subtle.generateKey(algorithm, true, ["deriveBits", "deriveKey"]);
    const secret = (of, to) => subtle.deriveBits({ name: algorithm.name, public: of.publicKey }, to.privateKey, 256);
    assert_equals(hex(await secret(mine, theirs)), hex(await secret(theirs, mine)));
    const how = { name: algorithm.name, public: theirs.publicKey };
    const key = await subtle.deriveKey(how, mine.privateKey, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
    assert_equals(key.algorithm.length, 256);
  }, `derive: ${algorithm.name} ${algorithm.namedCurve ?? ""}`);
}

promise_test(async () => {
  const password = await subtle.importKey("raw", new TextEncoder().encode("password"), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-1", salt: new TextEncoder().encode("salt"), iterations: 2 };
  // RFC 6070, second vector.
  assert_equals(hex(await subtle.deriveBits(how, password, 160)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
}, "derive: PBKDF2");

promise_test(async () => {
  const secret = await subtle.importKey("raw", data, "HKDF", false, ["deriveBits", "deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(4), info: new Uint8Array(3) };
  const bits = await subtle.deriveBits(how, secret, 512);
  assert_equals(bits.byteLength, 64);
  const key = await subtle.deriveKey(how, secret, { name: "HMAC", hash: "SHA-256", length: 256 }, true, ["sign"]);
  assert_equals(hex(await subtle.exportKey("raw", key)), hex(bits.slice(0, 32)));
}, "derive: HKDF");

promise_test(async (t) => {
  await promise_rejects_dom(t, "NotSupportedError", subtle.digest("MD5", data));
  await promise_rejects_dom(t, "SyntaxError", subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["sign"]));
  await promise_rejects_dom(t, "OperationError", subtle.generateKey({ name: "AES-GCM", length: 100 }, true, ["encrypt"]));
  await promise_rejects_js(t, TypeError, subtle.generateKey({ name: "AES-GCM" }, true, ["encrypt"]));
  await promise_rejects_dom(t, "DataError", subtle.importKey("raw", new Uint8Array(5), "AES-GCM", true, ["encrypt"]));
}, "errors");
