// node:querystring.

import { lazily } from "./lib/host.js";

const buffer = lazily("buffer");

function escape(value) {
  if (typeof value !== "string") value = typeof value === "object" ? String(value) : `${value}`;
  try {
    return encodeURIComponent(value);
  } catch {
    throw Object.assign(new URIError("URI malformed"), { code: "ERR_INVALID_URI" });
  }
}

function unescapeBuffer(text) {
  const out = [];
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === "%" ? text.slice(i + 1, i + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      out.push(parseInt(hex, 16));
      i += 2;
    } else out.push(text.charCodeAt(i) & 255);
  }
  return buffer().Buffer.from(out);
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

function primitive(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return `${value}`;
  if (typeof value === "bigint" || typeof value === "boolean") return `${value}`;
  return "";
}

function stringify(object, separator = "&", equals = "=", options) {
  if (object === null || typeof object !== "object") return "";
  separator ||= "&";
  equals ||= "=";
  const encode = typeof options?.encodeURIComponent === "function" ? options.encodeURIComponent : querystring.escape;
  const one = (value) => {
    const text = primitive(value);
    return text === "" ? "" : encode(text);
  };
  const parts = [];
  for (const key of Object.keys(object)) {
    const name = `${encode(primitive(key))}${equals}`;
    const value = object[key];
    if (Array.isArray(value)) for (const item of value) parts.push(name + one(item));
    else parts.push(name + one(value));
  }
  return parts.join(separator);
}

function parse(text, separator = "&", equals = "=", options) {
  const found = { __proto__: null };
  if (typeof text !== "string" || text.length === 0) return found;
  separator = separator ? `${separator}` : "&";
  equals = equals ? `${equals}` : "=";
  const most = typeof options?.maxKeys === "number" ? options.maxKeys : 1000;
  const own = typeof options?.decodeURIComponent === "function" ? options.decodeURIComponent : querystring.unescape;
  const decode = (part) => {
    part = part.replaceAll("+", " ");
    if (own === unescape && !part.includes("%")) return part;
    try {
      return own(part);
    } catch {
      return unescape(part);
    }
  };
  let parts = text.split(separator).filter((part) => part !== "");
  if (most > 0) parts = parts.slice(0, most);
  for (const part of parts) {
    const at = part.indexOf(equals);
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decode(part.slice(at + equals.length));
    if (!(name in found)) found[name] = value;
    else if (Array.isArray(found[name])) found[name].push(value);
    else found[name] = [found[name], value];
  }
  return found;
}

const querystring = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };

export default querystring;
