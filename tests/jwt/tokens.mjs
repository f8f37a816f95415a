// Tokens: good ones made by jose, and every kind of wrong one made by hand. Each has a `kind`, by which differences are explained.

import { constants, createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { SignJWT, exportJWK } from "./jose.mjs";

export const ISSUER = "https://jose.test/";
export const AUDIENCE = ["shop-web", "shop-app"];
export const PROJECT = "jwt";
export const SECRET = "a secret of the comparison, of more than 32 bytes";

const base64url = (data) => Buffer.from(data).toString("base64url");

// === Keys ===

const pairs = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  EdDSA: generateKeyPairSync("ed25519"),
};
const strange = generateKeyPairSync("ec", { namedCurve: "P-256" });
const algorithms = Object.keys(pairs);
const kidOf = (alg) => `jose-${alg.toLowerCase()}`;

export const keys = await Promise.all(
  algorithms.map(async (alg) => ({ ...(await exportJWK(pairs[alg].publicKey)), alg, kid: kidOf(alg), use: "sig" })),
);

// The signature of any text, by the library below jose's.
function signature(alg, text, key = pairs[alg]?.privateKey) {
  const data = Buffer.from(text);
  switch (alg) {
    case "HS256": return createHmac("sha256", SECRET).update(data).digest();
    case "ES256": return signWith("sha256", data, { key, dsaEncoding: "ieee-p1363" });
    case "ES384": return signWith("sha384", data, { key, dsaEncoding: "ieee-p1363" });
    case "RS256": return signWith("sha256", data, key);
    case "PS256": return signWith("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    default: return signWith(null, data, key);
  }
}

function signed(alg, header, payload, key) {
  const text = (part) => (typeof part === "string" ? part : JSON.stringify(part));
  return signedParts(alg, base64url(text(header)), base64url(text(payload)), key);
}

function signedParts(alg, header, payload, key) {
  return `${header}.${payload}.${base64url(signature(alg, `${header}.${payload}`, key))}`;
}

// === Tokens ===

// tokens(random): a list of { kind, token }.
export async function tokens(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const now = Math.floor(Date.now() / 1000);
  const list = [];
  const add = (kind, token) => list.push({ kind, token });
  const claims = (more = {}) => ({ iss: ISSUER, aud: AUDIENCE[0], sub: "user-1", iat: now - 10, exp: now + 3600, ...more });
  const own = (more = {}) => ({ sub: "user-1", project_id: PROJECT, iat: now - 10, exp: now + 3600, ...more });
  const header = (alg, more = {}) => (alg === "HS256" ? { alg, ...more } : { alg, kid: kidOf(alg), ...more });
  const payload = (alg, more) => (alg === "HS256" ? own(more) : claims(more));
  const everyone = [...algorithms, "HS256"];
  const make = (alg, moreHeader, moreClaims) => signed(alg, header(alg, moreHeader), payload(alg, moreClaims));

  // Good ones, by jose.
  for (const alg of everyone) {
    const key = alg === "HS256" ? new TextEncoder().encode(SECRET) : pairs[alg].privateKey;
    const variants = [
      {}, { nbf: now - 10 }, { project_id: PROJECT }, { aud: [...AUDIENCE, "other"] }, { aud: AUDIENCE }, { jti: "t-1", role: "authenticated" },
      { name: "zoë-\u{1f642}" }, { deep: { a: [1, { b: null }] } }, { exp: now + 10 ** 9 }, { iat: undefined }, { email: "a@b.test", amr: ["pwd"] },
    ];
    for (const more of variants) {
      for (const moreHeader of [{}, { typ: "JWT" }, { typ: "at+jwt" }]) {
        add("jose", await new SignJWT(payload(alg, more)).setProtectedHeader(header(alg, moreHeader)).sign(key));
      }
    }
    if (alg !== "HS256") add("jose, no kid", await new SignJWT(claims()).setProtectedHeader({ alg }).sign(key));
  }

  for (const alg of everyone) {
    const good = make(alg);
    const [head, body, mac] = good.split(".");
    add("by hand", good);

    // Every place of the text.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let i = 0; i < 60; i++) {
      const place = Math.floor(random() * good.length);
      // The last character of a part has bits that say nothing: a kind of its own.
      if (good[place] === "." || place === good.length - 1 || good[place + 1] === ".") continue;
      const other = pick([...alphabet].filter((c) => c !== good[place]));
      add("one character", good.slice(0, place) + other + good.slice(place + 1));
    }
    for (const part of [0, 1, 2]) {
      const parts = good.split(".");
      const spare = { 2: 16, 3: 4 }[parts[part].length % 4] ?? 0;
      const value = alphabet.indexOf(parts[part].at(-1));
      if (spare === 0) continue;
      parts[part] = parts[part].slice(0, -1) + alphabet[value ^ (1 + Math.floor(random() * (spare - 1)))];
      add(part === 2 ? "spare bits" : "spare bits in what is signed", parts.join("."));
    }
    for (let i = 0; i < 10; i++) add("cut short", good.slice(0, Math.floor(random() * (good.length - 1))));

    // Form.
    for (const token of [`${head}.${body}`, `${head}.${body}.`, `.${body}.${mac}`, `${head}..${mac}`, `${good}.`, `.${good}`, `${good}.${mac}`,
      `${good}.${mac}.${mac}`, "..", "...", "a.b.c", head, `${head}.${body}.${mac}.${body}.${mac}`]) add("parts", token);
    for (const token of [`${good}=`, `${good}==`, `${head}=.${body}.${mac}`, `${head}.${body}==.${mac}`]) add("padding", token);
    for (const token of [`${head}.${body}.${mac.slice(0, 8)} ${mac.slice(8)}`, `${head}. ${body}.${mac}`, `${head} .${body}.${mac}`]) add("blanks", token);
    for (const token of [`${head}.${body}.${mac.slice(0, 8)}!${mac.slice(8)}`, `${head}.${body}.${mac.slice(0, 8)}é${mac.slice(8)}`]) add("other characters", token);
    const standard = (text) => Buffer.from(text).toString("base64").replace(/=+$/, "");
    // Made so that the two alphabets differ.
    const slashes = JSON.stringify(payload(alg, { x: "???>>>ÿÿ" }));
    add("the other alphabet", signedParts(alg, head, standard(slashes)));
    add("padded and signed", signedParts(alg, head, `${base64url(JSON.stringify(payload(alg, { x: "ab" })))}=`));

    // Signatures.
    const raw = Buffer.from(mac, "base64url");
    const half = raw.length / 2;
    const wrong = [raw.fill(0).toString("base64url")];
    const again = () => Buffer.from(mac, "base64url");
    wrong.push(base64url(again().fill(255)), base64url(again().fill(0, 0, half)), base64url(again().fill(0, half)), base64url(again().subarray(0, half)),
      base64url(again().subarray(1)), base64url(Buffer.concat([again(), again()])), base64url(Buffer.concat([Buffer.alloc(1), again()])),
      base64url(Buffer.concat([again(), Buffer.alloc(1)])), base64url("x"));
    for (const one of wrong) add("signature", `${head}.${body}.${one}`);
    if (alg.startsWith("ES")) {
      const der = signWith(alg === "ES256" ? "sha256" : "sha384", Buffer.from(`${head}.${body}`), pairs[alg].privateKey);
      add("DER", `${head}.${body}.${base64url(der)}`);
    }
    if (alg === "ES256") {
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const s = BigInt(`0x${again().subarray(32).toString("hex")}`);
      const twin = Buffer.concat([again().subarray(0, 32), Buffer.from((order - s).toString(16).padStart(64, "0"), "hex")]);
      add("the other s", `${head}.${body}.${base64url(twin)}`);
    }
    if (alg === "PS256") {
      const key = { key: pairs.PS256.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
      add("another salt", `${head}.${body}.${base64url(signWith("sha256", Buffer.from(`${head}.${body}`), key))}`);
    }
    const [, otherBody] = make(alg, {}, { sub: "admin" }).split(".");
    add("another payload", `${head}.${otherBody}.${mac}`);

    // Algorithms: another name, and another key under this name.
    for (const name of [...everyone, "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS384", "RS512", "PS384", "PS512", "ES512", "ES256K", alg.toLowerCase()]) {
      if (name === alg) continue;
      add("another name", signed(alg, { ...header(alg), alg: name }, payload(alg)));
      add("another name", `${base64url(JSON.stringify({ ...header(alg), alg: name }))}.${body}.`);
    }
    for (const other of algorithms.filter((other) => other !== alg && alg !== "HS256")) {
      add("another key", signed(other, header(alg), claims()));
      add("another key", signed(other, { alg: other, kid: kidOf(alg) }, claims()));
    }
    for (const value of [null, 1, true, [alg], {}]) add("alg is no text", signed(alg, { ...header(alg), alg: value }, payload(alg)));
    add("no alg", signed(alg, { ...header(alg), alg: undefined }, payload(alg)));
    if (alg !== "HS256") {
      // The public half as a secret.
      const { publicKey } = pairs[alg];
      const forms = [publicKey.export({ type: "spki", format: "pem" }), publicKey.export({ type: "spki", format: "der" }), JSON.stringify(keys[algorithms.indexOf(alg)])];
      for (const form of forms) {
        for (const content of [claims(), own()]) {
          const text = `${base64url(JSON.stringify({ alg: "HS256", kid: kidOf(alg) }))}.${base64url(JSON.stringify(content))}`;
          add("public key as secret", `${text}.${createHmac("sha256", form).update(text).digest("base64url")}`);
        }
      }
    }
    add("own secret, the issuer's name", signed("HS256", { alg: "HS256" }, claims({ project_id: PROJECT })));

    // Names of keys.
    for (const kid of ["unknown", "", "../../etc/passwd", "' OR 1=1 --", "https://evil.test/jwks", kidOf(alg).toUpperCase(), `${kidOf(alg)} `]) {
      if (alg !== "HS256") add("unknown kid", make(alg, { kid }));
      else add("own token with a kid", make(alg, { kid }));
    }
    for (const kid of [null, 1, ["a"], {}]) add("kid is no text", make(alg, { kid }));

    // Header.
    for (const more of [{ crit: ["exp"] }, { crit: [] }, { crit: ["b64"], b64: true }, { crit: ["b64"], b64: false }, { crit: "exp" }, { crit: ["x"], x: 1 }]) add("crit", make(alg, more));
    for (const b64 of [true, false]) add("b64 alone", make(alg, { b64 }));
    for (const cty of ["JWT", "application/jwt"]) add("cty", make(alg, { cty }));
    add("enc", make(alg, { enc: "A256GCM" }));
    for (const typ of ["dpop+jwt", "logout+jwt", "id_token", "application/dpop+jwt"]) add("typ of something else", make(alg, { typ }));
    for (const typ of ["jwt", "AT+JWT", "application/at+jwt", "JWT"]) add("typ of an access token", make(alg, { typ }));
    for (const typ of [1, null, ["JWT"]]) add("typ is no text", make(alg, { typ }));
    add("unknown member", make(alg, { x: { y: [1] } }));
    if (alg === "ES256") {
      const jwk = strange.publicKey.export({ format: "jwk" });
      for (const more of [{ jwk }, { jku: "http://127.0.0.1:1/jwks" }, { x5u: "http://127.0.0.1:1/x5u" }, { x5c: ["MIIB"] }]) {
        add("key in the header", signed("ES256", header("ES256", more), claims(), strange.privateKey));
        add("key in the header", signed("ES256", { alg: "ES256", ...more }, claims(), strange.privateKey));
        add("key in the header that is not used", make("ES256", more));
      }
    }
    if (alg === "EdDSA") add("Ed25519", signed("EdDSA", { alg: "Ed25519", kid: kidOf("EdDSA") }, claims()));

    // JSON.
    const headText = JSON.stringify(header(alg));
    const bodyText = JSON.stringify(payload(alg));
    const twice = (text, member) => text.replace(/\}$/, `,${member}}`);
    for (const [h, p] of [[twice(headText, `"alg":"${alg}"`), bodyText], [headText, twice(bodyText, '"sub":"user-1"')], [headText, twice(bodyText, '"x":{"a":1,"a":2}')],
      [headText, twice(bodyText, `"exp":${now + 3600}`)]]) add("said twice", signed(alg, h, p));
    for (const [h, p] of [["[]", bodyText], ["null", bodyText], ["1", bodyText], ["{", bodyText], [`${headText}x`, bodyText], [headText, "[]"], [headText, "null"],
      [headText, "1"], [headText, '"x"'], [headText, "{"], [headText, `${bodyText}x`], [headText, "x"], [headText, `${bodyText}${bodyText}`],
      [headText, bodyText.replace("{", "{,")], [headText, bodyText.replace(/\}$/, ",}")], [headText, bodyText.replaceAll('"', "'")]]) add("JSON", signed(alg, h, p));
    add("JSON with NaN", signed(alg, headText, twice(bodyText, '"x":NaN')));
    add("byte order mark", signed(alg, headText, `\ufeff${bodyText}`));
    add("white space of JSON", signed(alg, ` ${headText}\n`, `\t${bodyText.replaceAll(",", " ,\r\n")} `));
    add("deep", signed(alg, headText, twice(bodyText, `"x":${"[".repeat(15)}${"]".repeat(15)}`)));
    add("too deep", signed(alg, headText, twice(bodyText, `"x":${"[".repeat(16)}${"]".repeat(16)}`)));
    add("far too deep", signed(alg, headText, twice(bodyText, `"x":${"[".repeat(2000)}${"]".repeat(2000)}`)));
    add("no UTF-8", signedParts(alg, head, base64url(Buffer.concat([Buffer.from(bodyText.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]))));
    add("half a surrogate", signed(alg, headText, twice(bodyText, '"x":"\\ud800"')));
    add("too long", make(alg, {}, { x: "x".repeat(8192) }));

    // Time.
    for (const past of [0, now - 10 ** 8, now - 3600, now - 60, now - 40]) add("expired", make(alg, {}, { exp: past }));
    for (const near of [now + 300, now + 600]) add("not expired", make(alg, {}, { exp: near }));
    for (const ahead of [now + 60, now + 3600, now + 10 ** 8]) {
      add("not yet", make(alg, {}, { nbf: ahead }));
      add("issued in the future", make(alg, {}, { iat: ahead }));
    }
    for (const near of [now, now + 15]) {
      add("begun, within the leeway", make(alg, {}, { nbf: near }));
      add("issued, within the leeway", make(alg, {}, { iat: near }));
    }
    add("dates with a part of a second", make(alg, {}, { exp: now + 3600.5, iat: now - 10.25, nbf: now - 10.75 }));
    add("no end", make(alg, {}, { exp: undefined }));
    for (const exp of [`${now + 3600}`, true, null, [now + 3600], {}]) add("exp is no number", make(alg, {}, { exp }));
    for (const nbf of [`${now}`, true, null, [now]]) add("nbf is no number", make(alg, {}, { nbf }));
    for (const iat of [`${now}`, true, null, [now]]) add("iat is no number", make(alg, {}, { iat }));
    add("exp in milliseconds", make(alg, {}, { exp: (now + 3600) * 1000 }));
    for (const text of ["1e300", "18446744073709551615", "18446744073709551616"]) add("exp beyond any date", signed(alg, headText, bodyText.replace(`"exp":${now + 3600}`, `"exp":${text}`)));
    add("exp beyond any number", signed(alg, headText, bodyText.replace(`"exp":${now + 3600}`, '"exp":1e999')));
    for (const exp of [-1, -1.5]) add("exp before 1970", make(alg, {}, { exp }));

    // Who.
    for (const sub of [1, true, null, ["user-1"], {}]) add("sub is no text", make(alg, {}, { sub }));
    add("sub is empty", make(alg, {}, { sub: "" }));
    for (const sub of ["a\u0000b", "a\r\nx-run402-user-role: admin", "a\u0085b"]) add("sub with control characters", make(alg, {}, { sub }));
    add("sub with other letters", make(alg, {}, { sub: "zoë-\u{1f642}" }));
    add("sub is too long", make(alg, {}, { sub: "u".repeat(256) }));
    for (const project of ["other", "", PROJECT.toUpperCase(), `${PROJECT} `]) add("another project", make(alg, {}, { project_id: project }));
    for (const project of [null, 1, [PROJECT]]) add("project_id is no text", make(alg, {}, { project_id: project }));
    if (alg === "HS256") {
      add("no project", make(alg, {}, { project_id: undefined }));
      add("own with a name nobody has", make(alg, {}, { iss: "nobody" }));
    } else {
      for (const iss of ["https://jose.test", "https://JOSE.test/", "https://jose.test//", "", "https://pyjwt.test/"]) add("another issuer", make(alg, {}, { iss }));
      for (const iss of [null, 1, [ISSUER]]) add("iss is no text", make(alg, {}, { iss }));
      for (const aud of ["other", ["other"], [], "", "SHOP-WEB", `${AUDIENCE[0]} `, undefined]) add("another audience", make(alg, {}, { aud }));
      for (const aud of [1, null, {}, [1], [AUDIENCE[0], 1]]) add("aud is no text", make(alg, {}, { aud }));
    }
    for (const jti of [1, null, {}]) add("jti is no text", make(alg, {}, { jti }));
    add("other claims of any type", make(alg, {}, { role: ["a"], email: null, amr: "pwd", is_test: 1, auth_time: "x", session_id: 7 }));
  }
  return list;
}
