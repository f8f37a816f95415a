// The platform's own module and the package that can be installed, asked the same: what they call, what they answer, how they fail.

import * as own from "@run402/functions";
import * as real from "../../node_modules/@run402/functions/dist/index.js";

const json = (body, status = 200) => ({ body: JSON.stringify(body), status });
const ok = json([{ id: 1, title: "milk" }]);
const refused = (status, body) => json(body, status);
const asking = (headers) => new Request("https://site.test/", { headers });

// What an operation does with a module, and what the gateway answers, one after another; the last answer is repeated.
const operations = {
  // Databases
  select: { run: (m) => m.db(asking({})).from("items").select("id, title").eq("user_id", "a b&c=ü").neq("x", null).limit(5).offset(0), answers: [ok] },
  "select again": { run: (m) => m.db(asking({})).from("items").select().select("id").limit(1).limit(2).offset(1).offset(3), answers: [ok] },
  filters: { run: (m) => m.db(asking({})).from("items").gt("a", 1).gte("a", 2).lt("b", 3).lte("b", 4).like("c", "%x*").ilike("c", "Y_").in("d", [1, "b,c"]).order("e").order("f", { ascending: false }), answers: [ok] },
  "as the caller": { run: (m) => m.db(asking({ authorization: "Bearer caller" })).from("items").select(), answers: [ok] },
  "as the actor": { run: (m) => m.db(asking({ "x-run402-actor-token": "token" })).from("items").select(), answers: [ok] },
  "as the caller, not the actor": { run: (m) => m.db(asking({ authorization: "Bearer caller", "x-run402-actor-token": "token" })).from("items").select(), answers: [ok] },
  "as nobody": { run: (m) => m.db().from("items").select(), answers: [ok] },
  insert: { run: (m) => m.db(asking({})).from("items").insert({ title: "Käse", n: null }).select("id, title"), answers: [ok] },
  "insert many": { run: (m) => m.adminDb().from("items").insert([{ a: 1 }, { a: 2 }]), answers: [ok] },
  update: { run: (m) => m.adminDb().from("items").update({ done: true }).eq("id", 1), answers: [ok] },
  "update with nothing": { run: (m) => m.adminDb().from("items").update(undefined).eq("id", 1), answers: [ok] },
  delete: { run: (m) => m.adminDb().from("items").delete().lt("id", 3), answers: [ok] },
  single: { run: (m) => m.adminDb().from("items").select().single(), answers: [ok] },
  "single of none": { run: (m) => m.adminDb().from("items").select().single(), answers: [json([])] },
  "single of many": { run: (m) => m.adminDb().from("items").select().single(), answers: [json([1, 2])] },
  "maybe single": { run: (m) => m.adminDb().from("items").select().maybeSingle(), answers: [ok] },
  "maybe single of none": { run: (m) => m.adminDb().from("items").select().maybeSingle(), answers: [json([])] },
  "maybe single of many": { run: (m) => m.adminDb().from("items").select().maybeSingle(), answers: [json([1, 2, 3])] },
  "a late schema": { run: (m) => m.adminDb().from("items").select(), answers: [refused(404, {}), refused(400, { code: "PGRST205" }), { status: 503, body: "" }, ok] },
  "a refusal": { run: (m) => m.adminDb().from("items").select(), answers: [refused(400, { code: "42601", message: "syntax", trace_id: "trc_1" })] },
  "a refusal without a code": { run: (m) => m.adminDb().from("items").select(), answers: [refused(403, { error: "forbidden" })] },
  "a refusal without words": { run: (m) => m.adminDb().from("items").select(), answers: [refused(422, {})] },
  "a refusal that is a list": { run: (m) => m.adminDb().from("items").select(), answers: [refused(500, ["a"])] },
  "a refusal that is a page": { run: (m) => m.adminDb().from("items").select(), answers: [{ status: 502, body: "<h1>Bad Gateway</h1>" }] },
  sql: { run: (m) => m.adminDb().sql("SELECT 'ü'"), answers: [json({ status: "ok", rows: [], row_count: 0 })] },
  "sql without values": { run: (m) => m.adminDb().sql("SELECT 1", []), answers: [json({ status: "ok", rows: [] })] },
  "sql with values": { run: (m) => m.adminDb().sql("SELECT $1", ["ü", 2, null]), answers: [json({ status: "ok", rows: [{ n: 1 }], row_count: 1 })] },
  "sql that is refused": { run: (m) => m.adminDb().sql("SELEC"), answers: [refused(400, { code: "42601", trace_id: "trc_2" })] },

  // Mail. The first that finds a mailbox keeps it, so those that find none come first.
  "mail, not allowed": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "h" }).catch(() => "refused"), answers: [{ status: 401, body: "no" }] },
  "mail, no mailbox": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "h" }), answers: [json({ mailboxes: [] })] },
  "mail, several mailboxes": { run: (m) => m.email.send({ to: "a@b.c" }), answers: [json({ mailboxes: [{ mailbox_id: "1" }, { mailbox_id: "2" }] })] },
  "mail, suspended": { run: (m) => m.email.send({ to: "a@b.c" }), answers: [json({ mailboxes: [{ mailbox_id: "1", status: "suspended" }, { mailbox_id: "2", can_send: false }] })] },
  "mail, no provider": { run: (m) => m.email.send({ to: "a@b.c" }), answers: [json({ mailboxes: [{ mailbox_id: "1", can_send: false, send_blocked_reason: "provider_not_configured" }] })] },
  "mail, a wrong default": { run: (m) => m.email.send({ to: "a@b.c" }), answers: [json({ mailboxes: [{ mailbox_id: "1" }], mailbox_settings: { default_outbound_mailbox_id: "9" } })] },
  "mail from a template": { run: (m) => m.email.send({ to: "a@b.c", template: "notification", variables: { message: "ä" } }), answers: [json({ mailboxes: [{ mailbox_id: "1" }, { mailbox_id: "2" }], mailbox_settings: { default_outbound_mailbox_id: "2" } }), json({ message_id: "m" })] },
  "mail without variables": { run: (m) => m.email.send({ to: "a@b.c", template: "notification", from_name: "P" }), answers: [json({ message_id: "m" })] },
  "mail of one's own": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "<p>ü</p>", text: "ü", from_name: "P" }), answers: [json({ message_id: "m" })] },
  "mail without a text": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "h" }), answers: [json({ message_id: "m" })] },
  "mail that is refused": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "h" }), answers: [refused(429, { error: "rate limited", code: "RATE" })] },
  "mail that fails": { run: (m) => m.email.send({ to: "a@b.c", subject: "s", html: "h" }), answers: [{ status: 500, body: "oh" }] },

  // Language models and pictures
  translate: { run: (m) => m.ai.translate("good morning", "es"), answers: [json({ text: "hola", from: "en" })] },
  "translate with more": { run: (m) => m.ai.translate("good morning", "es", { from: "en", context: "a greeting" }), answers: [json({ text: "hola" })] },
  "translate, refused": { run: (m) => m.ai.translate("x", "es"), answers: [refused(402, { error: "add-on required", code: "ADDON" })] },
  "translate, failed": { run: (m) => m.ai.translate("x", "es"), answers: [{ status: 500, body: "oh" }] },
  moderate: { run: (m) => m.ai.moderate("words"), answers: [json({ flagged: false, categories: {} })] },
  "moderate, refused": { run: (m) => m.ai.moderate("words"), answers: [refused(400, { message: "no error field" })] },
  picture: { run: (m) => m.ai.generateImage({ prompt: " a moon ", aspect: "landscape" }), answers: [json({ image: "aW1n", content_type: "image/png", aspect: "landscape" })] },
  "a square picture": { run: (m) => m.ai.generateImage({ prompt: "a moon" }), answers: [json({ image: "aW1n" })] },
  "no picture": { run: (m) => m.ai.generateImage(), answers: [] },
  "a picture of nothing": { run: (m) => m.ai.generateImage({ prompt: "  " }), answers: [] },
  "a picture of a number": { run: (m) => m.ai.generateImage({ prompt: 5 }), answers: [] },
  "a round picture": { run: (m) => m.ai.generateImage({ prompt: "a moon", aspect: "round" }), answers: [] },
  "a picture, refused": { run: (m) => m.ai.generateImage({ prompt: "a moon" }), answers: [refused(403, { code: "QUOTA_EXCEEDED", message: "too much" })] },
  "a picture, refused without words": { run: (m) => m.ai.generateImage({ prompt: "a moon" }), answers: [refused(403, { code: "QUOTA_EXCEEDED" })] },

  // Files
  put: { run: (m) => m.assets.put("a/b.png", new Uint8Array([1, 2, 3])), answers: [json({ key: "a/b.png", size_bytes: 3, immutable: true, immutable_url: "https://cdn/i", url: "https://cdn/u", sha256: "aa", content_type: "image/png", variants_left_out: undefined })] },
  "put a text": { run: (m) => m.assets.put("a.TXT", "grün", { visibility: "private", immutable: false }), answers: [json({ key: "a.TXT" })] },
  "put content": { run: (m) => m.assets.put("noextension", { content: "x" }, { contentType: "text/x", exifPolicy: "strip" }), answers: [json({ key: "k", width_px: 5, height_px: 6, blurhash: "h", metadata: { a: 1 }, image_format: "png" })] },
  "put bytes": { run: (m) => m.assets.put("a.other", { bytes: new Uint8Array([9, 8, 7]).subarray(1) }), answers: [json({ key: "k" })] },
  "put with metadata": { run: (m) => m.assets.put("a.json", "{}", { metadata: { who: "ü", n: 1, yes: true, none: null, tags: ["a", "b"] } }), answers: [json({ key: "k" })] },
  ...Object.fromEntries(["html", "css", "js", "md", "pdf", "zip", "tgz", "gz", "svg", "webp", "jpeg", "gif", "bin", ""].map((end) => [`put .${end}`, { run: (m) => m.assets.put(`a.${end}`, "x"), answers: [json({ key: "k" })] }])),
  "put nothing": { run: (m) => m.assets.put("a", ""), answers: [] },
  "put nowhere": { run: (m) => m.assets.put("", "x"), answers: [] },
  "put a number": { run: (m) => m.assets.put("a", 5), answers: [] },
  "put both": { run: (m) => m.assets.put("a", { content: "x", bytes: new Uint8Array(1) }), answers: [] },
  ...Object.fromEntries([[1], "text", { a: { b: 1 } }, { a: NaN }, { a: [1] }, { a: "x".repeat(5000) }, { "": 1 }].map((metadata, i) => [`put with wrong metadata ${i}`, { run: (m) => m.assets.put("a", "x", { metadata }), answers: [] }])),
  "put with a wrong policy": { run: (m) => m.assets.put("a", "x", { exifPolicy: "some" }), answers: [] },
  "put, refused": { run: (m) => m.assets.put("a", "x"), answers: [refused(402, { code: "QUOTA", error: "full" })] },
  "put, failed": { run: (m) => m.assets.put("a", "x"), answers: [{ status: 500, body: "oh" }] },

  // Answers and requests
  "routed text": { run: (m) => [m.routedHttp.text("ü"), m.routedHttp.text("x", { status: 404, headers: [["Content-Type", "text/x"]] }), m.routedHttp.text("x", { headers: [["a", "b"]], cookies: ["c=d"] })], answers: [] },
  "routed json": { run: (m) => [m.routedHttp.json({ ü: [1] }), m.routedHttp.json(null, { status: 201 })], answers: [] },
  "routed bytes": { run: (m) => [m.routedHttp.bytes(new Uint8Array([1, 255])), m.routedHttp.bytes(new Uint8Array(2), { headers: [["a", "b"]], status: 206 }), m.bytes(new Uint8Array(1)), m.text("x"), m.json(1)], answers: [] },
  "is a request": { run: (m) => [{ version: "run402.routed_http.v1" }, {}, null, "x", undefined].map((value) => [m.routedHttp.isRequest(value), m.isRequest(value)]), answers: [] },
  "the context": { run: (m) => {
    const headers = { "x-run402-request-id": " req_1 ", "X-Run402-Locale": "de", "x-run402-host": "", "x-run402-project-id": "p" };
    return [new Headers(headers), asking(headers), headers, { "x-run402-release-id": ["rel", "b"] }].map((source) => m.getRun402Context(source));
  }, answers: [] },
};

// What is compared of an error: local ones are each module's own words, but for their codes.
function told(error, called) {
  const { name, message, code, status, remote_code, trace_id, body, docs } = error;
  if (!called) return { threw: /^[A-Z][A-Z_]+(?=:)/.exec(message)?.[0] ?? true };
  if (name === "EmailConfigurationError") return { name, code };
  return name === "R402DbError" ? { name, message, code, status, remote_code, trace_id, body, docs } : { name, message };
}

async function ask(module, { run, answers }) {
  const calls = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (url, { method = "GET", headers, body } = {}) => {
    const bytes = body === undefined ? undefined : [...new Uint8Array(await new Response(body).arrayBuffer())];
    calls.push({ method, url: `${url}`, headers: Object.fromEntries(new Headers(headers)), body: bytes && String.fromCharCode(...bytes) });
    const { status, body: text } = answers[Math.min(calls.length, answers.length) - 1];
    return new Response(text, { status });
  };
  try {
    const answer = await run(module);
    // In one spelling only: the other has both.
    if (answer?.row_count !== undefined) delete answer.rowCount;
    return { calls, answer: answer ?? null };
  } catch (error) {
    return { calls, error: told(error, calls.length > 0) };
  } finally {
    globalThis.fetch = fetch;
  }
}

export default async () => {
  const compared = {};
  for (const [name, operation] of Object.entries(operations)) {
    compared[name] = { own: await ask(own, operation), real: await ask(real, operation) };
  }
  return Response.json(compared);
};
