// Calls of the platform's gateway, for the modules of @run402/functions.
//
// Everything goes through `fetch` and `process.env`, which is read when a helper is called and not before.

const API_BASE_DEFAULT = "https://api.run402.com";

export function setting(name) {
  return globalThis.process?.env?.[name] ?? "";
}

export function required(name) {
  const value = setting(name);
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function endpoint(path) {
  return (setting("RUN402_API_BASE") || API_BASE_DEFAULT).replace(/\/+$/, "") + path;
}

export function headerOf(source, name) {
  const headers = source?.headers ?? source;
  if (typeof headers?.get === "function") return headers.get(name);
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === name);
  const value = found === undefined ? null : headers[found];
  return Array.isArray(value) ? value[0] ?? null : value ?? null;
}

// ----- Bytes

export function utf8(text) {
  return new TextEncoder().encode(text);
}

export function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function toBase64Url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// ----- Calls

export function parsedOr(text, otherwise) {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// What a failed call says of itself: the gateway's words, or the whole text where there are none. Calls with codes say theirs first.
function reasonOf(text, withCode) {
  const body = parsedOr(text);
  if (!isRecord(body)) return text;
  if (!withCode) return body.error || text;
  const words = body.message || body.error || text;
  return body.code ? `${body.code}: ${words}` : words;
}

// Calls as the project, and reads the answer; what fails is an error that begins with `what`.
export async function callAsProject(what, method, path, { headers, body, withCode = false } = {}) {
  const response = await fetch(endpoint(path), {
    method,
    headers: { Authorization: `Bearer ${required("RUN402_SERVICE_KEY")}`, ...headers },
    body,
  });
  if (response.ok) return response.json();
  const text = await response.text();
  const answer = parsedOr(text, text);
  throw Object.assign(new Error(`${what} failed (${response.status}): ${reasonOf(text, withCode)}`), {
    status: response.status,
    code: isRecord(answer) ? answer.code : undefined,
    body: answer,
  });
}

export function postJson(what, path, value, withCode) {
  return callAsProject(what, "POST", path, {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
    withCode,
  });
}
