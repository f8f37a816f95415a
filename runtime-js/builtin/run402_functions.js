// @run402/functions for functions that bring no copy of the package: the helpers as its README describes them.
//
// An ordinary module that runs with the function's own rights.

import { fromBase64Url, headerOf, setting, utf8 } from "@run402/functions/calls.js";

export { adminDb, db, R402DbError } from "@run402/functions/database.js";
export { ai, assets, email, EmailConfigurationError } from "@run402/functions/services.js";

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

// Synchronous, because callers may use the answer without awaiting it.
function verifiedClaims(token, secret) {
  const parts = token.split(".");
  if (parts.length !== 3 || !secret) return null;
  const [header, payload, signature] = parts;
  if (parsed(header).alg !== "HS256") return null;
  const { createHmac, timingSafeEqual } = globalThis.process.getBuiltinModule("node:crypto");
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest();
  const given = fromBase64Url(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const claims = parsed(payload);
  const now = Date.now() / 1000;
  if (claims.exp !== undefined && !(claims.exp > now)) return null;
  if (claims.nbf !== undefined && !(claims.nbf <= now)) return null;
  return claims;
}

function parsed(part) {
  return JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
}

// ----- Answers in the form of the gateway's envelope

const VERSION = "run402.routed_http.v1";

function withBody(bytes, { status = 200, headers, cookies } = {}) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return {
    status,
    body: { encoding: "base64", data: btoa(binary), size: bytes.length },
    ...(headers ? { headers: Array.isArray(headers) ? headers : Object.entries(headers) } : {}),
    ...(cookies ? { cookies } : {}),
  };
}

function typed(bytes, contentType, options) {
  const answer = withBody(bytes, { ...options, headers: options?.headers ?? [] });
  const hasType = answer.headers.some(([name]) => name.toLowerCase() === "content-type");
  return hasType ? answer : { ...answer, headers: [["content-type", contentType], ...answer.headers] };
}

export const routedHttp = {
  isRequest: (value) => value?.version === VERSION,
  text: (text, options) => typed(utf8(text), "text/plain; charset=utf-8", options),
  json: (value, options) => typed(utf8(JSON.stringify(value)), "application/json; charset=utf-8", options),
  bytes: (bytes, options) => withBody(bytes, options),
};

export const { bytes, isRequest, json, text } = routedHttp;
