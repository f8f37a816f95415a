import { createCipheriv, createDecipheriv, getCipherInfo } from "node:crypto";

const key = (bits) => Buffer.alloc(bits / 8, 7);
const iv = Buffer.alloc(16, 3);
const nonce = Buffer.alloc(12, 5);
const texts = ["", "a", "fifteen chars..", "sixteen chars...", "seventeen chars..", "ünïcode 🎉".repeat(20)];

function round(name, bits, start, options) {
  return texts.map((text) => {
    const c = createCipheriv(name, key(bits), start, options);
    const encrypted = Buffer.concat([c.update(text, "utf8"), c.final()]);
    const d = createDecipheriv(name, key(bits), start, options);
    if (name.endsWith("gcm")) d.setAuthTag(c.getAuthTag());
    return [encrypted.toString("hex"), name.endsWith("gcm") ? c.getAuthTag().toString("hex") : "", d.update(encrypted, undefined, "utf8") + d.final("utf8")];
  });
}

export const cases = {};
for (const bits of [128, 192, 256]) {
  cases[`aes-${bits}-cbc`] = () => round(`aes-${bits}-cbc`, bits, iv);
  cases[`aes-${bits}-ctr`] = () => round(`aes-${bits}-ctr`, bits, iv);
  cases[`aes-${bits}-gcm`] = () => round(`aes-${bits}-gcm`, bits, nonce);
}
Object.assign(cases, {
  "gcm with other nonces": () => [8, 13, 16, 60].map((n) => round("aes-256-gcm", 256, Buffer.alloc(n, 9))),
  "gcm with additional data": () => ["", "x", "sixteen chars...", "long ".repeat(30)].map((aad) => { const c = createCipheriv("aes-256-gcm", key(256), nonce); c.setAAD(Buffer.from(aad)); return [c.update("text", "utf8", "hex") + c.final("hex"), c.getAuthTag().toString("hex")]; }),
  "gcm piece by piece": () => { const c = createCipheriv("aes-128-gcm", key(128), nonce); c.setAAD(Buffer.from("aa")); c.setAAD(Buffer.from("bb")); return [c.update("a", "utf8", "hex"), c.update("b".repeat(20), "utf8", "hex"), c.update("", "utf8", "hex"), c.update(Buffer.from("ccc"), undefined, "hex"), c.final("hex"), c.getAuthTag()]; },
  "gcm that was changed": () => { const c = createCipheriv("aes-256-gcm", key(256), nonce); const e = Buffer.concat([c.update("text"), c.final()]); const open = (change) => { const d = createDecipheriv("aes-256-gcm", key(256), nonce); change(d); return thrown(() => { d.update(e); return d.final().length; }, true); }; return [open((d) => d.setAuthTag(Buffer.alloc(16))), open(() => {}), open((d) => { d.setAAD(Buffer.from("x")); d.setAuthTag(c.getAuthTag()); }), open((d) => d.setAuthTag(c.getAuthTag()))]; },
  "gcm with short tags": () => { const c = createCipheriv("aes-256-gcm", key(256), nonce, { authTagLength: 12 }); c.update("x"); c.final(); return [c.getAuthTag().length, thrown(() => createCipheriv("aes-256-gcm", key(256), nonce, { authTagLength: 3 })).code]; },
  "cbc piece by piece": () => { const c = createCipheriv("aes-128-cbc", key(128), iv); const parts = ["a", "b".repeat(14), "c", "d".repeat(40)].map((t) => c.update(t, "utf8", "hex")); parts.push(c.final("hex")); const d = createDecipheriv("aes-128-cbc", key(128), iv); const all = Buffer.from(parts.join(""), "hex"); return [parts, d.update(all.subarray(0, 16)), d.update(all.subarray(16, 30)), d.update(all.subarray(30)), d.final()]; },
  "cbc without padding": () => { const c = createCipheriv("aes-128-cbc", key(128), iv).setAutoPadding(false); const e = c.update("sixteen chars...", "utf8", "hex") + c.final("hex"); const d = createDecipheriv("aes-128-cbc", key(128), iv); d.setAutoPadding(false); return [e, d.update(e, "hex", "utf8") + d.final("utf8"), thrown(() => { const x = createCipheriv("aes-128-cbc", key(128), iv).setAutoPadding(false); x.update("short"); x.final(); }).error]; },
  "cbc that was changed": () => [thrown(() => { const d = createDecipheriv("aes-128-cbc", key(128), iv); d.update(Buffer.alloc(32)); d.final(); }).code, thrown(() => { const d = createDecipheriv("aes-128-cbc", key(128), iv); d.update(Buffer.alloc(15)); d.final(); }).code],
  "encodings": () => ["hex", "base64", "latin1"].map((e) => { const c = createCipheriv("aes-256-cbc", key(256), iv); const t = c.update("ünïcode text that is long", "utf8", e) + c.final(e); const d = createDecipheriv("aes-256-cbc", key(256), iv); return [t, d.update(t, e, "utf8") + d.final("utf8")]; }),
  "of nonsense": () => [thrown(() => createCipheriv("nope", key(128), iv)).error, thrown(() => createCipheriv("aes-128-cbc", key(256), iv)).code, thrown(() => createCipheriv("aes-128-cbc", key(128), nonce)).code, thrown(() => createCipheriv("aes-128-cbc", "short", iv)).code, thrown(() => createCipheriv(5, key(128), iv)).code],
  "after the end": () => { const c = createCipheriv("aes-128-ctr", key(128), iv); c.final(); return [thrown(() => c.update("x")).error, thrown(() => c.final()).error]; },
  "getCipherInfo": () => [getCipherInfo("aes-256-cbc").keyLength, getCipherInfo("aes-128-gcm").ivLength, getCipherInfo("nope")],
});
