// @run402/functions for functions that bring no copy of the package: the helpers as its README describes them.
//
// An ordinary module that runs with the function's own rights: everything goes through `fetch` and `process.env`, which is read when a
// helper is called and not before.

const API_BASE_DEFAULT = "https://api.run402.com";

function setting(name) {
  return globalThis.process?.env?.[name] ?? "";
}

function required(name) {
  const value = setting(name);
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function endpoint(path) {
  return (setting("RUN402_API_BASE") || API_BASE_DEFAULT).replace(/\/+$/, "") + path;
}

function headerOf(source, name) {
  const headers = source?.headers ?? source;
  if (typeof headers?.get === "function") return headers.get(name);
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? null : headers[found];
}

// ----- Who is asking

// The caller, from the platform's token; null without a good one. The answer can be used at once or awaited.
export function getUser(request) {
  const [scheme, token] = (headerOf(request, "authorization") ?? "").split(/ +/);
  if (!/^bearer$/i.test(scheme) || !token) return null;
  try {
    const claims = verifiedClaims(token, setting("RUN402_JWT_SECRET"));
    if (claims === null || claims.project_id !== setting("RUN402_PROJECT_ID")) return null;
    return { id: claims.sub, role: claims.role, email: claims.email };
  } catch {
    return null;
  }
}

// The identity that a gate of the platform has established; null where no gate is.
export function getUserId(request) {
  return headerOf(request, "x-run402-user-id") || null;
}

export function getRole(request) {
  return headerOf(request, "x-run402-user-role") || null;
}

// What the platform says of the request.
export function getRun402Context(request) {
  const field = (name) => headerOf(request, `x-run402-${name}`)?.trim() || null;
  return {
    requestId: field("request-id"),
    projectId: field("project-id"),
    releaseId: field("release-id"),
    host: field("host"),
    locale: field("locale"),
    defaultLocale: field("default-locale"),
    idempotencyKey: field("idempotency-key"),
  };
}

// Synchronous, because callers may use the answer without awaiting it; WebCrypto only answers later.
function verifiedClaims(token, secret) {
  const parts = token.split(".");
  if (parts.length !== 3 || !secret) return null;
  const [header, payload, signature] = parts;
  if (parsed(header).alg !== "HS256") return null;
  const expected = hmacSha256(utf8(secret), utf8(`${header}.${payload}`));
  if (!equal(expected, fromBase64Url(signature))) return null;
  const claims = parsed(payload);
  const now = Date.now() / 1000;
  if (claims.exp !== undefined && !(claims.exp > now)) return null;
  if (claims.nbf !== undefined && !(claims.nbf <= now)) return null;
  return claims;
}

function parsed(part) {
  return JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
}

function utf8(text) {
  return new TextEncoder().encode(text);
}

function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

// Takes the same time wherever the first difference is.
function equal(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i % (b.length || 1)];
  return difference === 0;
}

// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). The constants are the fractional parts of roots of primes.
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime !== 0)) PRIMES.push(n);
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
const ROUND = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const INITIAL = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array(((length + 8) >> 6 << 6) + 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3);
  const state = Int32Array.from(INITIAL);
  const words = new Int32Array(64);
  const rotated = (x, by) => (x >>> by) | (x << (32 - by));
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [early, late] = [words[i - 15], words[i - 2]];
      const s0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
      const s1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
      words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
      const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] += value;
    });
  }
  const digest = new Uint8Array(32);
  state.forEach((value, i) => new DataView(digest.buffer).setInt32(4 * i, value));
  return digest;
}

function hmacSha256(key, message) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const joined = (pad, bytes) => {
    const all = new Uint8Array(64 + bytes.length);
    all.set(block.map((byte) => byte ^ pad));
    all.set(bytes, 64);
    return all;
  };
  return sha256(joined(0x5c, sha256(joined(0x36, message))));
}

// ----- Calls of the gateway

async function answerOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Posts as the project, and reads the answer; what fails is an error that begins with `what`.
async function callAsProject(what, method, path, { headers, body } = {}) {
  const response = await fetch(endpoint(path), {
    method,
    headers: { Authorization: `Bearer ${required("RUN402_SERVICE_KEY")}`, ...headers },
    body,
  });
  const answer = await answerOf(response);
  if (!response.ok) {
    const code = typeof answer === "object" ? answer?.code : undefined;
    const reason = typeof answer === "object" ? JSON.stringify(answer) : answer;
    const error = new Error(`${what} failed (${response.status}): ${code ? `${code}: ` : ""}${reason}`);
    throw Object.assign(error, { status: response.status, code, body: answer });
  }
  return answer;
}

function postJson(what, path, value) {
  return callAsProject(what, "POST", path, {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
}

// ----- Databases

export class R402DbError extends Error {
  constructor(kind, status, body) {
    const object = typeof body === "object" && body !== null;
    const remote = object ? body.code ?? body.error : undefined;
    super(`${kind} error (${status}): ${remote ?? (object ? "<envelope>" : body)}`);
    this.name = "R402DbError";
    this.code = kind === "SQL" ? "R402_DB_SQL_ERROR" : "R402_DB_QUERY_ERROR";
    this.status = status;
    this.body = body;
    this.remote_code = remote ?? null;
    this.trace_id = object ? body.trace_id ?? null : null;
    this.docs = object ? body.docs ?? null : null;
  }
}

const FILTERS = ["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike"];

// A query is built by chaining and sent when it is awaited.
class Query {
  #base;
  #headers;
  #table;
  #method = "GET";
  #body;
  #parameters = [];
  #sent;

  constructor(base, headers, table) {
    this.#base = base;
    this.#headers = headers;
    this.#table = table;
  }

  #with(name, value) {
    this.#parameters.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    return this;
  }

  // The only other thing that a chain adds: methods of the same form.
  static {
    for (const operator of FILTERS) {
      Query.prototype[operator] = function (column, value) {
        return this.#with(column, `${operator}.${value}`);
      };
    }
  }

  select(columns = "*") {
    return this.#with("select", columns);
  }
  in(column, values) {
    return this.#with(column, `in.(${values.join(",")})`);
  }
  order(column, { ascending = true } = {}) {
    return this.#with("order", `${column}.${ascending ? "asc" : "desc"}`);
  }
  limit(count) {
    return this.#with("limit", count);
  }
  offset(count) {
    return this.#with("offset", count);
  }

  #write(method, body) {
    this.#method = method;
    this.#body = body === undefined ? undefined : JSON.stringify(body);
    return this;
  }
  insert(rows) {
    return this.#write("POST", Array.isArray(rows) ? rows : [rows]);
  }
  update(values) {
    return this.#write("PATCH", values);
  }
  delete() {
    return this.#write("DELETE");
  }

  async #send() {
    const query = this.#parameters.length > 0 ? `?${this.#parameters.join("&")}` : "";
    const response = await fetch(endpoint(`${this.#base}/${encodeURIComponent(this.#table)}${query}`), {
      method: this.#method,
      headers: { "Content-Type": "application/json", Prefer: "return=representation", ...this.#headers() },
      body: this.#body,
    });
    const answer = await answerOf(response);
    if (!response.ok) throw new R402DbError("PostgREST", response.status, answer);
    return answer === "" ? [] : answer;
  }

  // Sent once, however often it is awaited.
  then(fulfilled, rejected) {
    this.#sent ??= this.#send();
    return this.#sent.then(fulfilled, rejected);
  }
  catch(rejected) {
    return this.then(undefined, rejected);
  }
  finally(settled) {
    return this.then().finally(settled);
  }
}

// The database as the caller of `request` sees it; anonymously without one.
export function db(request) {
  const headers = () => {
    const token = headerOf(request, "x-run402-actor-token");
    const authorization = headerOf(request, "authorization") || (token ? `Bearer ${token}` : null);
    return { apikey: required("RUN402_ANON_KEY"), ...(authorization ? { Authorization: authorization } : {}) };
  };
  return { from: (table) => new Query("/rest/v1", headers, table) };
}

// The database as the project sees it: no row is hidden.
export function adminDb() {
  const headers = () => {
    const key = required("RUN402_SERVICE_KEY");
    return { apikey: key, Authorization: `Bearer ${key}` };
  };
  return { from: (table) => new Query("/admin/v1/rest", headers, table), sql };
}

async function sql(query, parameters) {
  const bound = parameters !== undefined && parameters.length > 0;
  const response = await fetch(endpoint(`/projects/v1/admin/${required("RUN402_PROJECT_ID")}/sql`), {
    method: "POST",
    headers: {
      "Content-Type": bound ? "application/json" : "text/plain",
      Authorization: `Bearer ${required("RUN402_SERVICE_KEY")}`,
    },
    body: bound ? JSON.stringify({ sql: query, params: parameters }) : query,
  });
  const answer = await answerOf(response);
  if (!response.ok) throw new R402DbError("SQL", response.status, answer);
  // Both spellings of the count are in use.
  const count = answer?.rowCount ?? answer?.row_count;
  return count === undefined ? answer : { ...answer, rowCount: count, row_count: count };
}

// ----- Mail, language models, files

let mailbox;

export const email = {
  async send(message) {
    mailbox ??= await firstMailbox();
    return postJson("Email send", `/mailboxes/v1/${encodeURIComponent(mailbox)}/messages`, message);
  },
};

async function firstMailbox() {
  const answer = await callAsProject("Email send", "GET", "/mailboxes/v1");
  const list = Array.isArray(answer) ? answer : answer?.mailboxes ?? [];
  const id = list[0]?.id ?? list[0]?.mailbox_id;
  if (!id) throw new Error("Email send failed: the project has no mailbox");
  return id;
}

export const ai = {
  // The target is given alone or among the options.
  translate(text, target, more) {
    const options = typeof target === "string" ? { ...more, to: target } : { ...target };
    const { to, from, context } = options;
    return postJson("Translation", "/ai/v1/translate", { text, to, from, context });
  },
  moderate(text) {
    return postJson("Moderation", "/ai/v1/moderate", { text });
  },
  generateImage({ prompt, aspect = "square" }) {
    return postJson("Image generation", "/generate-image/v1", { prompt: String(prompt).trim(), aspect });
  },
};

const ALIASES = {
  immutable_url: "immutableUrl",
  size_bytes: "size",
  content_type: "contentType",
  content_sha256: "contentSha256",
  cdn_url: "cdnUrl",
};

export const assets = {
  async put(key, source, { contentType, visibility, immutable, exif, metadata } = {}) {
    const isBytes = typeof source === "string" || ArrayBuffer.isView(source) || source instanceof ArrayBuffer;
    const headers = { "x-run402-asset-key": key, "x-run402-exif-policy": exif ?? "keep" };
    if (contentType) headers["Content-Type"] = contentType;
    if (visibility) headers["x-run402-asset-visibility"] = visibility;
    if (immutable !== undefined) headers["x-run402-asset-immutable"] = String(Boolean(immutable));
    if (metadata) headers["x-run402-asset-metadata"] = toBase64Url(utf8(JSON.stringify(metadata)));
    const asset = await callAsProject("Asset put", "POST", "/apply/v1/service-asset-put", {
      headers,
      body: isBytes ? source : source.content ?? source.bytes,
    });
    for (const [wire, alias] of Object.entries(ALIASES)) {
      if (asset?.[wire] !== undefined) asset[alias] ??= asset[wire];
    }
    return asset;
  },
};

function toBase64Url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// ----- Answers in the form of the gateway's envelope

const VERSION = "run402.routed_http.v1";

function routed(body, contentType, { status = 200, headers = [], cookies } = {}) {
  const list = Array.isArray(headers) ? headers : Object.entries(headers);
  const hasType = list.some(([name]) => name.toLowerCase() === "content-type");
  const binary = Array.from(body, (byte) => String.fromCharCode(byte)).join("");
  return {
    status,
    headers: contentType && !hasType ? [["content-type", contentType], ...list] : list,
    ...(cookies ? { cookies } : {}),
    body: { encoding: "base64", data: btoa(binary), size: body.length },
  };
}

export const routedHttp = {
  isRequest: (value) => value?.version === VERSION,
  text: (text, options) => routed(utf8(text), "text/plain; charset=utf-8", options),
  json: (value, options) => routed(utf8(JSON.stringify(value)), "application/json; charset=utf-8", options),
  bytes: (bytes, options) => routed(bytes, undefined, options),
};
