// What the gateway does for @run402/functions: mail, language models and pictures, files.

import { callAsProject, isRecord, postJson, toBase64Url, utf8 } from "@run402/functions/calls.js";

// ----- Mail

// The project's mailboxes do not let a letter be sent; `code` says why.
export class EmailConfigurationError extends Error {
  constructor(message, code, details = {}, next_actions = []) {
    super(message);
    this.name = "EmailConfigurationError";
    this.code = code;
    this.details = details;
    this.next_actions = next_actions;
  }
}

let mailbox;

export const email = {
  async send({ to, template, variables, subject, html, text, from_name }) {
    mailbox ??= await outboundMailbox();
    const letter = template ? { to, template, variables: variables || {} } : { to, subject, html, text: text || undefined };
    return postJson("Email send", `/mailboxes/v1/${encodeURIComponent(mailbox)}/messages`, {
      ...letter,
      from_name: from_name || undefined,
    });
  },
};

const canSend = ({ can_send, status }) => can_send !== false && status !== "suspended" && status !== "tombstoned";

// The mailbox that is set as the project's default, or the only one that can send.
async function outboundMailbox() {
  const answer = await callAsProject("Mailbox lookup", "GET", "/mailboxes/v1");
  const all = answer.mailboxes ?? [];
  const wanted = answer.mailbox_settings?.default_outbound_mailbox_id;
  const able = all.filter((one) => canSend(one) && (!wanted || one.mailbox_id === wanted));
  if (able.length === 1) return able[0].mailbox_id;
  const refuse = (code, message) => {
    const details = { resource_kind: "mailbox", selection_purpose: "default_outbound", candidates: all };
    throw new EmailConfigurationError(message, code, details, answer.next_actions);
  };
  const looked = wanted ? all.find((one) => one.mailbox_id === wanted) : all[0];
  const blocked = (state) => /^(provider_)?(not_|mis)configured$/.test(state ?? "");
  if (able.length === 0 && looked && (blocked(looked.send_blocked_reason) || blocked(answer.provider_readiness?.status))) {
    refuse("PROVIDER_NOT_CONFIGURED", "The platform's provider of mail is not configured");
  }
  if (wanted) refuse("DEFAULT_MAILBOX_INVALID", "The project's default mailbox cannot send");
  if (able.length === 0) refuse("DEFAULT_MAILBOX_REQUIRED", "The project has no mailbox that can send");
  refuse("AMBIGUOUS_MAILBOX", "The project has several mailboxes and no default one");
}

// ----- Language models and pictures

const ASPECTS = ["square", "landscape", "portrait"];

export const ai = {
  // The target is given alone or among the options.
  async translate(text, target, more) {
    const { to, from, context } = typeof target === "string" ? { ...more, to: target } : { ...target };
    return postJson("Translation", "/ai/v1/translate", { text, to, from: from || undefined, context: context || undefined });
  },
  async moderate(text) {
    return postJson("Moderation", "/ai/v1/moderate", { text });
  },
  async generateImage(options) {
    const { prompt, aspect = "square" } = options ?? {};
    if (typeof prompt !== "string" || prompt.trim() === "") throw new Error("A picture needs a prompt");
    if (!ASPECTS.includes(aspect)) throw new Error(`The aspect of a picture is one of ${ASPECTS.join(", ")}`);
    return postJson("Image generation", "/generate-image/v1", { prompt: prompt.trim(), aspect }, true);
  },
};

// ----- Files

const TEXT_TYPES = { html: "html", css: "css", js: "javascript", txt: "plain", md: "markdown" };
const OTHER_TYPES = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  svg: "image/svg+xml",
  webp: "image/webp",
  json: "application/json",
  pdf: "application/pdf",
  zip: "application/zip",
  tgz: "application/gzip",
  gz: "application/gzip",
};

function typeOfKey(key) {
  const extension = /\.([^.]*)$/.exec(key)?.[1].toLowerCase();
  if (Object.hasOwn(TEXT_TYPES, extension)) return `text/${TEXT_TYPES[extension]}; charset=utf-8`;
  return Object.hasOwn(OTHER_TYPES, extension) ? OTHER_TYPES[extension] : "application/octet-stream";
}

function bytesOfSource(source) {
  if (typeof source === "string") return utf8(source);
  if (source instanceof Uint8Array) return source;
  const { content, bytes } = source ?? {};
  if (content === undefined && bytes instanceof Uint8Array) return bytes;
  if (bytes === undefined && typeof content === "string") return utf8(content);
  throw new Error("assets.put: the source is a text, bytes, or an object with either `content` or `bytes`");
}

const METADATA_BYTES_MAX = 4096;

// A flat object of texts, numbers, booleans and lists of texts, as the header that carries it.
function metadataHeader(metadata) {
  const refuse = (why) => {
    throw new Error(`INVALID_ASSET_METADATA: ${why}`);
  };
  if (!isRecord(metadata)) refuse("metadata is a flat object");
  const kept = Object.entries(metadata).filter(([, value]) => value !== null && value !== undefined);
  for (const [key, value] of kept) {
    const isText = typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
    const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
    if (key === "" || !(isText || isTexts)) refuse(`the value of "${key}" is no text, number, boolean or list of texts`);
  }
  const bytes = utf8(JSON.stringify(Object.fromEntries(kept)));
  if (bytes.length > METADATA_BYTES_MAX) refuse(`it has more than ${METADATA_BYTES_MAX} bytes`);
  return toBase64Url(bytes);
}

// What an asset has whatever the gateway said, and the second spelling of some of it.
function assetOf(answer) {
  const text = (value, otherwise = "") => String(value ?? otherwise);
  const asset = {
    ...answer,
    key: text(answer.key),
    sha256: text(answer.sha256),
    size_bytes: Number(answer.size_bytes ?? 0),
    content_type: text(answer.content_type, "application/octet-stream"),
    visibility: answer.visibility ?? "public",
    immutable: answer.immutable === true,
    etag: text(answer.etag),
    content_digest: text(answer.content_digest),
  };
  for (const name of ["url", "immutable_url", "cdn_url", "cdn_immutable_url", "sri"]) asset[name] ??= null;
  return {
    ...asset,
    immutableUrl: asset.immutable_url,
    cdnUrl: asset.cdn_url,
    cdnImmutableUrl: asset.cdn_immutable_url,
    size: asset.size_bytes,
    contentType: asset.content_type,
    contentSha256: asset.sha256,
  };
}

export const assets = {
  async put(key, source, { contentType, visibility = "public", immutable = true, exifPolicy, metadata } = {}) {
    if (typeof key !== "string" || key === "") throw new Error("assets.put: the key is a text");
    const bytes = bytesOfSource(source);
    if (bytes.length === 0) throw new Error("assets.put: there are no bytes");
    const exif = exifPolicy || "keep";
    if (exif !== "keep" && exif !== "strip") throw new Error("INVALID_EXIF_POLICY: it is `keep` or `strip`");
    const headers = {
      "Content-Type": contentType ?? typeOfKey(key),
      "x-run402-asset-key": key,
      "x-run402-asset-visibility": visibility,
      "x-run402-asset-immutable": String(Boolean(immutable)),
      "x-run402-asset-exif-policy": exif,
    };
    if (metadata !== undefined) headers["x-run402-asset-metadata"] = metadataHeader(metadata);
    return assetOf(
      await callAsProject("Asset put", "POST", "/apply/v1/service-asset-put", { headers, body: bytes, withCode: true }),
    );
  },
};
