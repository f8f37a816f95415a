// META: title=crypto: the newer algorithms that deno_crypto brings
// META: timeout=long

const { subtle } = crypto;
const data = new TextEncoder().encode("some data to work on");
const abc = new TextEncoder().encode("abc");
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

// FIPS 202. cSHAKE without names is SHAKE.
const DIGESTS = [
  ["SHA3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"],
  ["SHA3-384", "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"],
  [
    "SHA3-512",
    "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
  ],
  [{ name: "cSHAKE128", outputLength: 256 }, "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8"],
];

for (const [algorithm, expected] of DIGESTS) {
  promise_test(async () => assert_equals(hex(await subtle.digest(algorithm, abc)), expected), `digest: ${algorithm.name ?? algorithm}`);
}

for (const name of ["cSHAKE256", "TurboSHAKE128", "TurboSHAKE256", "KT128", "KT256"]) {
  promise_test(async () => {
    const digest = (input) => subtle.digest({ name, outputLength: 512 }, input);
    assert_equals((await digest(abc)).byteLength, 64);
    assert_equals(hex(await digest(abc)), hex(await digest(abc)));
    assert_not_equals(hex(await digest(abc)), hex(await digest(data)));
  }, `digest: ${name}`);
}

for (const name of ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-128f"]) {
  promise_test(async () => {
    const pair = await subtle.generateKey(name, true, ["sign", "verify"]);
    const signature = await subtle.sign(name, pair.privateKey, data);
    assert_true(await subtle.verify(name, pair.publicKey, signature, data));
    assert_false(await subtle.verify(name, pair.publicKey, signature, abc));
  }, `sign and verify: ${name}`);
}

for (const name of ["KMAC128", "KMAC256"]) {
  promise_test(async () => {
    const key = await subtle.generateKey(name, true, ["sign", "verify"]);
    const how = { name, outputLength: 256 };
    const signature = await subtle.sign(how, key, data);
    assert_equals(signature.byteLength, 32);
    assert_true(await subtle.verify(how, key, signature, data));
    assert_false(await subtle.verify(how, key, signature, abc));
  }, `sign and verify: ${name}`);
}

for (const name of ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"]) {
  promise_test(async () => {
    const pair = await subtle.generateKey(name, true, ["encapsulateBits", "decapsulateBits"]);
    const { ciphertext, sharedKey } = await subtle.encapsulateBits(name, pair.publicKey);
    assert_equals(hex(await subtle.decapsulateBits(name, pair.privateKey, ciphertext)), hex(sharedKey));
  }, `encapsulate: ${name}`);
}

for (const length of [128, 256]) {
  promise_test(async (t) => {
    const key = await subtle.generateKey({ name: "AES-OCB", length }, true, ["encrypt", "decrypt"]);
    const how = { name: "AES-OCB", iv: random(12), additionalData: random(5) };
    const secret = await subtle.encrypt(how, key, data);
    assert_equals(hex(await subtle.decrypt(how, key, secret)), hex(data));
    new Uint8Array(secret)[0] ^= 1;
    await promise_rejects_dom(t, "OperationError", subtle.decrypt(how, key, secret));
  }, `encrypt and decrypt: AES-OCB ${length}`);
}

for (const name of ["Argon2i", "Argon2d", "Argon2id"]) {
  promise_test(async () => {
    const password = await subtle.importKey("raw-secret", data, name, false, ["deriveBits"]);
    const derive = (nonce) => subtle.deriveBits({ name, memory: 64, passes: 2, parallelism: 1, nonce }, password, 256);
    const nonce = random(16);
    assert_equals(hex(await derive(nonce)), hex(await derive(nonce)));
    assert_not_equals(hex(await derive(nonce)), hex(await derive(random(16))));
  }, `derive: ${name}`);
}

test(() => {
  assert_true(SubtleCrypto.supports("sign", "Ed25519"));
  assert_false(SubtleCrypto.supports("sign", "none"));
}, "SubtleCrypto.supports");
