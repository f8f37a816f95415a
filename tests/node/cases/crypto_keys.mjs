import { constants, createHash, createPrivateKey, createPublicKey, createSecretKey, createSign, createVerify, generateKeyPairSync, KeyObject, sign, verify } from "node:crypto";

const rsaPem = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDzH7jXcvv0jC+r
ntL4fLAEVcxwv6FKWa0sdV+f6Ep2PYWJC5c0tOl2gnYlOygnj2UlMiEg1wtmSLT/
KrkmGkqtXrQI5QfRKsO7YmPAgLPE4d2D3bsTB5tqZ6a8Ov5scMzZbb3579zOX0KR
xMJc10jCrtDA7XzHz7juodWgn22DDP+0OMocZVFaPeY87pizCv4Oz35euAz0E0zk
G5bAkPdzYPCxtj5K0Du15hDJ38IC4WSiN09y+utCvsIZv62anSxmYRzt0A1kfVuv
LdUIUTInzFu57NLmFH0ZX/95KQWwdZALQt2lMkXcb1cG7qRmUVb+hhezQsnaKahI
Wib1/l5DAgMBAAECggEAATtL6GuAs0ByjWAEmZWoHp2Ap6GQ45uIsQz3Kww2NFsj
bgpM/ctc02jdyFqAXZLwZDvYxx3PxPjhUdmZjoPblP1B1Dm0zG53B1/8OWFth7XN
NXnOFM6ZDvTvd0ylNU9s+j0AFWANsk3xPGPOyEGe8L2J+TA6zZhTy4GuX13vZBaO
PfhvpxxCRTr+clDXQaEQ1fmleuvfqae3XkdHg/HNnjW0NWaxwVRFSFjX6u7KuLup
ZnFEkM0MSVzrfAKI5fGHtNPFQPPNtB6WJ3zYlw24JbveKxjwcNbhEyrW6BIH3Be/
z5JbwlAhM7H3GzxXuRvzfSQda4ItcJ1HRLN4oEYRQQKBgQD6XyD2rmBqWheeIG19
F7G1smXeZUpE+f4zRQeLkIKTO9yTIcgYvMWbl5VFvolkDivp7zQAJ3v+IhrbMKmv
37gwhoHL548O2QPdtJQPpJSbgfzetNuz6qMSpZqoS43s8amH5VxYFbRR8cjjfdnd
gLxiGb98UbDMsyKzqY18v5UqOwKBgQD4luIj+OHo78C/Y/5aeSwzgphPV//WOD99
3c7OGXL4QUr7jbEcSJ++fEprmjY/epT9tAo+RyrPgmilbCfMAwvO4EaUUowOBp/V
00ZvGwQk8ug9C+x3DnkxWymGSKRnTPpfCHgAapDVNVEDksJNfPcxvPwmd3iVN2/p
10oZcgVTmQKBgQCMElaFy87jER4veCLpHi1s4q69OlvPtTDzDAaJnUKADrh7lCW3
OT0wrCB2EYAZ+xe0W//yqiRjbD8sK9BzNa19cHMDWbweaWkRSyqeicweKB4JlpNn
17h+ASpCR2rSiez3u2jrWtE0GxnxtAIEOzaph5AqhCVukDW04AHpLeHM6wKBgA1l
tFJT+3jeUvj9npuppCQyiZrdF0CoT2OtLJQW8wdGHZBpFn57u4A8mpYp/Xp2VMlH
hrXMiBYe5RzlM0/faieAFs2vlTS8TqjrdgRO5G5JWRLRLbFM6mMqkpZWG+YlU+kD
P9Rl6eBTu0YCBs6+SWQ41y4LikggcLudirTMXFUhAoGBAKxcWh+dQ2B4EvGZfCMz
pWJclPgqk4Ig90OW4TV1Z7K4173x9++ILEHFcbBmgWWZoBwkB8xtpiK6d1+H4EU5
PLlwrYE2WpRfH5H6bb+txsk6gIiEq1hMRUfR7c1w/Bk8z/II6yXjc5hqfgHtNEw0
wPZaT/HC5gLBiJBaY3sDNKsA
-----END PRIVATE KEY-----
`;
const ecPem = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCebQn8PkmrK1VFMM
NkHmKvBdygMtysTG5HXWi+u4EsWhRANCAARVTkXH14oBUCStLCkoqo8XCvbodlE8
EVhMWHNuX50tGA5eaVRhGe72g98uaoWYzrpUM7t98zJkcGarns8trIXI
-----END PRIVATE KEY-----
`;
const edPem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ6/k9Z1bW8S7CUOjC5vTn57HQrt1+aPWE9x0q1dpZZX
-----END PRIVATE KEY-----
`;
const p384Pem = `-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDDRLBCDXepMk447wkELLOZNru97J8WLiwQsQgadA0PXlrA+EADmaulE
BEtIU/DpIjygBwYFK4EEACKhZANiAARu9DgxYaW+QVwk5HRELq4qiXv1XQo8Nw7m
JGb7jonD22eoGZCBziRQua/ydjqBgUzBcXXxsOrPjeFwH/29xkDl9MwLP+EjOZSN
sRAyzRjH6S0HAE7lnjl/HlAwWLftGx4=
-----END EC PRIVATE KEY-----
`;
const p521Pem = `-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAPQzVVjZ5MexpVtcq
fv4Y8pAZDyYEGPkkZvkODvUz7ezaAAb9sfNC17F3RPbPjswKMnb64AgAYs9DQWDn
L16qAI+hgYkDgYYABAD+Bosdu/ERbenGlvr3/pQ+fiRmPS2nuw+j8si/6onq5Fpz
GRf52nexKv1M00Pf1pDkPk72fPx+H/fDanpJzjPt3AA7yu84CUjQxiOfBW4eiGZn
z6rbuL/0NExcAdEzQx6Jp0J7S1odxiXSy+kV2Jz39/HvC2bJ1HhMPnHIbV1MBnfr
tw==
-----END PRIVATE KEY-----
`;
const k1Pem = `-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQg85BLFc31RKL3xSaFNsew
C3tLNQMOjFABDoFgzkEndYChRANCAASeER3LTwzHTDbcsrhnn3sa08uB2/5Y6VeE
1NW6bPmqOxYgqslBACqAKpjQ5L6pqeBvaHfrS9IwQikF3hVLwEig
-----END PRIVATE KEY-----
`;
const certificate = `-----BEGIN CERTIFICATE-----
MIIDATCCAemgAwIBAgIUGzV2jXYXENBltBjRIUaUAL/RB7kwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExMjEzMTJaGA8yMTI2MTAyODEy
MTMxMlowDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBAPMfuNdy+/SML6ue0vh8sARVzHC/oUpZrSx1X5/oSnY9hYkLlzS06XaC
diU7KCePZSUyISDXC2ZItP8quSYaSq1etAjlB9Eqw7tiY8CAs8Th3YPduxMHm2pn
prw6/mxwzNltvfnv3M5fQpHEwlzXSMKu0MDtfMfPuO6h1aCfbYMM/7Q4yhxlUVo9
5jzumLMK/g7Pfl64DPQTTOQblsCQ93Ng8LG2PkrQO7XmEMnfwgLhZKI3T3L660K+
whm/rZqdLGZhHO3QDWR9W68t1QhRMifMW7ns0uYUfRlf/3kpBbB1kAtC3aUyRdxv
VwbupGZRVv6GF7NCydopqEhaJvX+XkMCAwEAAaNTMFEwHQYDVR0OBBYEFBAdqSl5
dGwMqRXsUeLD6f/629U1MB8GA1UdIwQYMBaAFBAdqSl5dGwMqRXsUeLD6f/629U1
MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAGpqwqzJ02aa67va
So5QkQ7n/NKFLjvtdMafr4juOcGIYweYKv5f/MaHVs2BJtnKSjYBMNk/ltx7EaOo
niUpWE3lK9qRnJqQepisdDLNCH0RvmT0Nh8lWzCMSLb5nw233vKeXG4B2K+3UXOo
uC7JDGpNvyfNfqmjrs1itmXb8i/B1LDSXA1qOMHEvUbhKhj+BZnoOGi5S2oP3sjk
c9QZ3M2VN/68V0WdErdsOkFSJQCfJoQmWePC/Fr4dkmCKXP5HG2QRhzxmfWDXXE1
z/w/wOHt4mKlHgJgLayZrwsBRzTLWlMT1aHcmb+pQO6zw5i8CniWN25mpXnvAcsc
Y5t2r4o=
-----END CERTIFICATE-----
`;
const pems = { rsa: rsaPem, ec: ecPem, ed: edPem, p384: p384Pem, p521: p521Pem, k1: k1Pem };
const data = Buffer.from("what is signed");
// Signatures that OpenSSL made with the keys above.
const signed = {
  rsa:
    "jrJScz79FGhv9fGazHyl7iDPQJBVYZZgaoQ/AS9gQeaiyBQMqutoNTtmH8ayGWRVr4dP9sgrEDW9y8As/0AlBPLWXcvGZMbWezdcvdatqrTYLfxasJHviikA1s5UbL8QFgG6FV5KFtr6knpAIyV7plbPX1dxOU+xolVz0XlntCZRYKVEiLsTxzUqCy+bvfBZasfX/2mFAXRCVF8sMM5TyuBrplQHC8Cmx/VOZWrjAuwofYtSZJmlQ1IxBFQ5vt0kZCopjk0CfE4JPtaGiI1MW8zXscho3SgUk+3Pz7a7KS1QDxyXLh49OUp2RJoYkDdDuDreOx+vUmPz07ysjgdogw==",
  ec:
    "MEQCIHnRVgemayfjTnmfAbZmUBGUy3iH0Sp25nL/wJ67qmUcAiBhqQbKhyem+aXJqPMnkgGdFHzvE4YHObCbNQW0iAAAHw==",
  ed:
    "XlQsLAR3+7sJq0f3S3FAx8SIDfcjnDdYqJoew+BgPpFGTqCryIOP+j1O1BZ8fGCvR5gpDvulZSkwZANe1KjvAw==",
  p384:
    "MGQCMA876crF1ds5BJJr608r3Vs1GyAGz/uJDO965MVXsaTmw3Ze3XsMLqJUuKXMPj97NwIwKCFPs0Am7na1wKzKcyiJSKAc2bxOg5RLB36un31WIDQTfSX21X8tHsTeX52cdXTv",
  p521:
    "MIGHAkIBcY56E4nuInl7+IvQn9WnlPeUqc+YqXkd3vP+wexG5Klmr+rXRIaNgoG9GLg9neleifjk/6Aeled/w+lIXHKS6lQCQVIZUD/r7pR/Btr7jFn/uNohjeQBL60tQKo2DyaU6fMA5pIRAn0SShtFrmObU6xpxsgPD/JW8JvFl6n9pzNMraKW",
  k1:
    "MEUCIQCcR11yw2/hfpgyVQL5HY/2v8kVg3LeMYtyzHevCKfnywIgCACJg3pKPX5VmLQlQWj0ClDJ9BOcqHMfg7XFE76RBRQ=",
  pss:
    "yxGfxlqoQTb4HEEjTQF/6G0J5UsXDYgfzFe6+MSUuYVFZDCigk5uiVWg8ODKDsqIYrP+Q9uUBRnO9XhVbQzQt0WD/I90wRstYTgtlVK1W3d5D6Ih5wAyMHX0qnXM7s4V3baHCrq6cquSaqmXSUxQMJmav1psLoKNOZWWyXN6qCSjLupeEQ5M6q+kj6L0dxiLqxTqGe9GItLTJrOEjnF2wP0dD558lHxPGIMyXWlBjVOZdq2JvUlo4w1Zf3C/+fjf9aqWYFjvSUKuCKzf5quBl2cY8IMTRo1HyGfq2unf7cTkLo+ZA1uWZNXX5WxtnOQrwnxgh+MZVbUZv8INAyu2dg==",
  fixed:
    "mmzC9vMwdymW2DCuOsUCTMw0T57ZWUUxCs34JQNDS4LLccrNQvdwNKFJCuXn7rOr1EgoTbxo6LM+J78jy4edYQ==",
  ec512:
    "MEUCIQCr0IxOyczooRtHnWqtRwjn5V7X9/Xbh+CKOiOjbGkcbgIgarbgOudzjJU53aek9dZpkQDYTOHOzme0hED+XbNfYHU=",
};

const digestOf = { rsa: "sha256", ec: "sha256", ed: null, p384: "sha384", p521: "sha512", k1: "sha256" };

export const cases = {};
for (const [name, pem] of Object.entries(pems)) {
  const digest = digestOf[name];
  Object.assign(cases, {
    [`${name}: what it is`]: () => { const k = createPrivateKey(pem); const p = createPublicKey(pem); return [k.type, k.asymmetricKeyType, k.asymmetricKeyDetails, p.type, p.asymmetricKeyType, p.asymmetricKeyDetails, k.symmetricKeySize, k instanceof KeyObject, Object.prototype.toString.call(k)]; },
    [`${name}: exported as pem and der`]: () => { const k = createPrivateKey(pem); return [k.export({ type: "pkcs8", format: "pem" }), k.export({ type: "pkcs8", format: "der" }), createPublicKey(k).export({ type: "spki", format: "pem" }), createPublicKey(k).export({ type: "spki", format: "der" })]; },
    [`${name}: exported as jwk`]: () => { const k = createPrivateKey(pem); const sorted = (o) => Object.entries(o).sort(); return [sorted(k.export({ format: "jwk" })), sorted(createPublicKey(k).export({ format: "jwk" }))]; },
    [`${name}: from jwk`]: () => { const k = createPrivateKey(pem); const again = createPrivateKey({ key: k.export({ format: "jwk" }), format: "jwk" }); const p = createPublicKey({ key: createPublicKey(k).export({ format: "jwk" }), format: "jwk" }); return [again.equals(k), p.equals(createPublicKey(k)), k.equals(p)]; },
    [`${name}: from der`]: () => { const k = createPrivateKey(pem); const p = createPublicKey(k); return [createPrivateKey({ key: k.export({ type: "pkcs8", format: "der" }), format: "der", type: "pkcs8" }).equals(k), createPublicKey({ key: p.export({ type: "spki", format: "der" }), format: "der", type: "spki" }).equals(p), createPublicKey({ key: k.export({ type: "pkcs8", format: "der" }), format: "der", type: "pkcs8" }).equals(p)]; },
    [`${name}: signs and verifies`]: () => { const s = sign(digest, data, pem); return [verify(digest, data, createPublicKey(pem), s), verify(digest, Buffer.from("other"), createPublicKey(pem), s), verify(digest, data, pem, s), verify(digest, data, createPublicKey(pem), Buffer.from("x"))]; },
    [`${name}: verifies a signature of OpenSSL`]: () => verify(digest, data, createPublicKey(pem), Buffer.from(signed[name], "base64")),
  });
}
Object.assign(cases, {
  "rsa: a signature is always the same": () => sign("sha256", data, rsaPem).toString("base64"),
  "rsa: createSign": () => ["sha256", "RSA-SHA256", "sha384", "sha512", "RSA-SHA512"].map((d) => createSign(d).update("what ").update("is signed").sign(rsaPem, "base64")),
  "rsa: createVerify": () => [createVerify("RSA-SHA256").update(data).verify(createPublicKey(rsaPem), signed.rsa, "base64"), createVerify("sha512").update(data).verify(rsaPem, signed.rsa, "base64")],
  "rsa: pss": () => {
    const pss = (saltLength) => ({ key: rsaPem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    return [["sha256", constants.RSA_PSS_SALTLEN_DIGEST], ["sha384", constants.RSA_PSS_SALTLEN_DIGEST], ["sha512", 64], ["sha256", 32], ["sha256", undefined], ["sha256", 0]].map(([d, s]) => { const made = sign(d, data, pss(s)); return [made.length, verify(d, data, pss(s), made), verify(d, data, pss(undefined), made), verify(d, data, rsaPem, made)]; });
  },
  "rsa: pss of OpenSSL": () => verify("sha256", data, { key: rsaPem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, Buffer.from(signed.pss, "base64")),
  "rsa: pkcs1": () => { const k = createPrivateKey(rsaPem); const p = createPublicKey(k); return [k.export({ type: "pkcs1", format: "pem" }), p.export({ type: "pkcs1", format: "pem" }), createPrivateKey(k.export({ type: "pkcs1", format: "pem" })).equals(k), createPublicKey(p.export({ type: "pkcs1", format: "pem" })).equals(p), createPublicKey({ key: p.export({ type: "pkcs1", format: "der" }), format: "der", type: "pkcs1" }).equals(p)]; },
  "ec: sec1": () => { const k = createPrivateKey(ecPem); return [k.export({ type: "sec1", format: "pem" }), createPrivateKey(k.export({ type: "sec1", format: "pem" })).equals(k), createPrivateKey({ key: k.export({ type: "sec1", format: "der" }), format: "der", type: "sec1" }).equals(k)]; },
  "ec: ieee-p1363": () => ["ec", "p384", "p521", "k1"].map((n) => { const key = { key: pems[n], dsaEncoding: "ieee-p1363" }; const s = sign(digestOf[n], data, key); return [s.length, verify(digestOf[n], data, key, s), verify(digestOf[n], data, pems[n], s), verify(digestOf[n], data, key, Buffer.alloc(10))]; }),
  "ec: ieee-p1363 of OpenSSL": () => [verify("sha256", data, { key: createPublicKey(ecPem), dsaEncoding: "ieee-p1363" }, Buffer.from(signed.fixed, "base64")), createVerify("SHA256").update(data).verify({ key: createPublicKey(ecPem), dsaEncoding: "ieee-p1363" }, signed.fixed, "base64")],
  "ec: other digests verify": () => verify("sha512", data, ecPem, Buffer.from(signed.ec512, "base64")),
  "ed: a signature is always the same": () => sign(undefined, data, edPem).toString("base64"),
  "a certificate": () => { const p = createPublicKey(certificate); return [p.asymmetricKeyType, p.equals(createPublicKey(rsaPem)), p.export({ type: "spki", format: "pem" })]; },
  "secret keys": () => { const k = createSecretKey(Buffer.from("secret")); return [k.type, k.symmetricKeySize, k.export(), k.export({ format: "jwk" }), k.equals(createSecretKey("secret", "utf8")), k.equals(createSecretKey(Buffer.from("other"))), createSecretKey("c2VjcmV0", "base64").export().toString(), k.asymmetricKeyType]; },
  "keys that are none": () => [thrown(() => createPrivateKey("x")).error, thrown(() => createPublicKey("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")).error, thrown(() => createPublicKey(5)).code, thrown(() => createPrivateKey(null)).error, thrown(() => createPublicKey({ key: { kty: "RSA", n: "AQAB" }, format: "jwk" })).error, thrown(() => createPublicKey({ key: { kty: "XX" }, format: "jwk" })).error, thrown(() => createSecretKey(5)).code],
  "wrong kinds of keys": () => [thrown(() => createPublicKey(createPublicKey(rsaPem))).code, thrown(() => sign("sha256", data, createPublicKey(rsaPem))).code, thrown(() => createPrivateKey(rsaPem).export({ type: "spki", format: "pem" })).code, thrown(() => createPrivateKey(rsaPem).export()).code, thrown(() => sign("nope", data, rsaPem)).error],
  "with a callback": () => new Promise((resolve) => sign("sha256", data, rsaPem, (error, s) => verify("sha256", data, rsaPem, s, (e, ok) => resolve([error, e, ok])))),
  "made here": () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const ed = generateKeyPairSync("ed25519");
    return [rsa.publicKey.slice(0, 27), verify("sha256", data, rsa.publicKey, sign("sha256", data, rsa.privateKey)), ec.privateKey.asymmetricKeyDetails, verify("sha256", data, ec.publicKey, sign("sha256", data, ec.privateKey)), ed.publicKey.asymmetricKeyType, thrown(() => generateKeyPairSync("nope")).code, thrown(() => generateKeyPairSync("rsa", {})).code];
  },
  "to WebCrypto and back": async () => {
    const k = await crypto.subtle.importKey("raw", Buffer.from("secret"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const [s, p, q] = [k, pair.privateKey, pair.publicKey].map((x) => KeyObject.from(x));
    const made = sign("sha256", data, { key: p, dsaEncoding: "ieee-p1363" });
    return [s.type, s.export(), p.type, p.asymmetricKeyDetails, q.type, createPublicKey(p).equals(q), await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, pair.publicKey, made, data), thrown(() => KeyObject.from({})).code];
  },
  "a jwt by hand": () => {
    const part = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
    const input = `${part({ alg: "RS256", typ: "JWT" })}.${part({ sub: "1", iat: 1 })}`;
    const token = `${input}.${createSign("RSA-SHA256").update(input).sign(rsaPem, "base64url")}`;
    const [h, p, s] = token.split(".");
    return [token, createVerify("RSA-SHA256").update(`${h}.${p}`).verify(createPublicKey(rsaPem), s, "base64url"), createHash("sha256").update(token).digest("hex")];
  },
});
