// `http.OutgoingMessage`: a stream to write, with headers.

import { Writable } from "node:stream";
import { plain } from "./errors.js";
import { validateHeaderName, validateHeaderValue } from "./http_headers.js";

export class OutgoingMessage extends Writable {
  // Lower-case name to [name as it was written, value].
  #headers = new Map();
  headersSent = false;
  sendDate = false;
  shouldKeepAlive = true;
  chunkedEncoding = false;

  // What is written is kept by who extends this class; the end is not the end of it.
  constructor() {
    super({ autoDestroy: false });
  }

  #change(what) {
    if (this.headersSent) throw plain("ERR_HTTP_HEADERS_SENT", `Cannot ${what} headers after they are sent to the client`);
  }

  setHeader(name, value) {
    this.#change("set");
    validateHeaderName(name);
    for (const one of Array.isArray(value) ? value : [value]) validateHeaderValue(name, one);
    this.#headers.set(name.toLowerCase(), [name, value]);
    return this;
  }

  setHeaders(headers) {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  }

  appendHeader(name, value) {
    const before = this.getHeader(name);
    return this.setHeader(name, before === undefined ? value : [before, value].flat());
  }

  getHeader(name) {
    return this.#headers.get(`${name}`.toLowerCase())?.[1];
  }

  hasHeader(name) {
    return this.#headers.has(`${name}`.toLowerCase());
  }

  removeHeader(name) {
    this.#change("remove");
    this.#headers.delete(`${name}`.toLowerCase());
  }

  getHeaderNames() {
    return [...this.#headers.keys()];
  }

  getRawHeaderNames() {
    return [...this.#headers.values()].map(([name]) => name);
  }

  getHeaders() {
    const found = { __proto__: null };
    for (const [name, [, value]] of this.#headers) found[name] = value;
    return found;
  }

  flushHeaders() {}

  get finished() {
    return this.writableEnded;
  }
}
