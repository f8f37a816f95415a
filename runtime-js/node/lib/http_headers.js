// What Node takes for a header's name and value.

import { type } from "./errors.js";

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;

export function isToken(text) {
  return typeof text === "string" && TOKEN.test(text);
}

export function validateHeaderName(name, label = "Header name") {
  if (!isToken(name)) throw type("ERR_INVALID_HTTP_TOKEN", `${label} must be a valid HTTP token ["${name}"]`);
}

export function validateHeaderValue(name, value) {
  if (value === undefined) throw type("ERR_HTTP_INVALID_HEADER_VALUE", `Invalid value "undefined" for header "${name}"`);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(`${value}`)) throw type("ERR_INVALID_CHAR", `Invalid character in header content ["${name}"]`);
}
