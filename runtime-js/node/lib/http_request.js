// `http.ClientRequest`: a request that is made with `fetch`, so that the limits of fetches and the judgement of where a function may
// connect hold for it too.
//
// The body is sent when it is complete. An agent is asked for nothing but its protocol and port: connections are the runtime's.

import { EventEmitter } from "node:events";
import { addAbortSignal } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { Buffer } from "node:buffer";
import { argumentType, checkFunction, notSupported, type } from "./errors.js";
import { globalAgent } from "./http_agent.js";
import { hungUp, requestError } from "./http_errors.js";
import { validateHeaderName } from "./http_headers.js";
import { answerOf } from "./http_incoming.js";
import { OutgoingMessage } from "./http_outgoing.js";
import { internals, lazily } from "./host.js";

const { fetch } = internals.portico;
const { setTimeout, clearTimeout } = internals.portico.timers;
const processModule = lazily("process");

// What the runtime says itself: of the URL, of the body, and of the connection.
const NOT_SENT = ["host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "te"];

// A connection as packages look at one. There is none of the request's own.
class Connection extends EventEmitter {
  connecting = false;
  destroyed = false;
  readable = true;
  writable = true;
  #request;

  constructor(request, encrypted) {
    super();
    this.#request = request;
    if (encrypted) this.encrypted = this.authorized = true;
  }
  setTimeout(ms, callback) {
    this.#request.setTimeout(ms, callback);
    return this;
  }
  destroy(error) {
    this.#request.destroy(error);
    return this;
  }
  address() {
    return {};
  }
}
for (const name of ["setKeepAlive", "setNoDelay", "ref", "unref", "cork", "uncork", "pause", "resume"]) {
  Object.defineProperty(Connection.prototype, name, {
    value() {
      return this;
    },
    writable: true,
    configurable: true,
  });
}

export class ClientRequest extends OutgoingMessage {
  #url;
  #chunks = [];
  #abort = new AbortController();
  #timer;
  #timeout = 0;
  #hasSocket = false;
  res = null;
  aborted = false;
  reusedSocket = false;
  maxHeadersCount = null;

  constructor(input, options, callback) {
    super();
    [options, callback] = merged(input, options, callback);
    const fallback = options._defaultAgent ?? globalAgent;
    this.agent = options.agent || fallback;
    const { protocol, port } = whereto(options, this.agent, fallback);
    this.protocol = protocol;
    this.method = methodOf(options);
    this.path = pathOf(options);
    this.host = options.hostname || options.host || "localhost";
    const named = this.host.includes(":") && !this.host.startsWith("[") ? `[${this.host}]` : this.host;
    const authority = port === fallback.defaultPort ? named : `${named}:${port}`;
    this.#url = `${protocol}//${authority}${this.path.startsWith("/") ? "" : "/"}${this.path.replaceAll("#", "%23")}`;
    this.port = port;
    this.#takeHeaders(options, authority);
    this.socket = new Connection(this, protocol === "https:");
    if (callback !== undefined) this.once("response", callback);
    if (options.timeout !== undefined) this.setTimeout(options.timeout);
    if (options.signal) addAbortSignal(options.signal, this);
    processModule().nextTick(() => {
      if (this.destroyed) return;
      this.#hasSocket = true;
      this.emit("socket", this.socket);
      // The body is not waited for by anyone: there is nothing to be told before it.
      if (/100-continue/i.test(this.getHeader("expect") ?? "")) this.emit("continue");
    });
  }

  get connection() {
    return this.socket;
  }

  #takeHeaders({ headers, auth, setHost }, authority) {
    if (Array.isArray(headers)) {
      const pairs = Array.isArray(headers[0]) ? headers : headers.flatMap((name, i) => i % 2 ? [] : [[name, headers[i + 1]]]);
      for (const [name, value] of pairs) this.appendHeader(name, value);
    } else {
      for (const name of Object.keys(headers ?? {})) this.setHeader(name, headers[name]);
    }
    if (setHost !== false && !this.hasHeader("host")) this.setHeader("Host", authority);
    if (auth && !this.hasHeader("authorization")) this.setHeader("Authorization", `Basic ${Buffer.from(auth).toString("base64")}`);
  }

  setTimeout(ms, callback) {
    if (callback !== undefined) {
      checkFunction(callback, "callback");
      this.once("timeout", callback);
    }
    this.timeout = this.#timeout = +ms;
    this.refreshTimeout();
    return this;
  }

  // Something was heard of the server.
  refreshTimeout() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!(this.#timeout > 0) || this.destroyed) return;
    this.#timer = setTimeout(() => {
      this.emit("timeout");
      this.socket.emit("timeout");
    }, this.#timeout);
  }

  setNoDelay() {}
  setSocketKeepAlive() {}
  clearTimeout(callback) {
    return this.setTimeout(0, callback);
  }

  abort() {
    if (this.aborted) return;
    this.aborted = true;
    processModule().nextTick(() => this.emit("abort"));
    this.destroy();
  }

  _write(chunk, _encoding, callback) {
    // The caller may use its memory again for something else.
    this.#chunks.push(Buffer.from(chunk));
    callback();
  }

  _final(callback) {
    this.headersSent = true;
    callback();
    // What is called off at once is never sent.
    if (this.#hasSocket) this.#begin();
    else this.once("socket", () => this.#begin());
  }

  #begin() {
    if (this.destroyed) return;
    this.#send().then((response) => this.#answer(response), (error) => {
      if (!this.destroyed) this.destroy(requestError(error, this.host, this.port));
    });
  }

  async #send() {
    if (this.hasHeader("upgrade")) throw notSupported("http.request with a header Upgrade");
    const length = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const body = length > 0 ? Buffer.concat(this.#chunks, length) : undefined;
    this.#chunks = [];
    if (body !== undefined && (this.method === "GET" || this.method === "HEAD")) {
      throw notSupported(`http.request with a body for ${this.method}`);
    }
    const headers = [];
    const written = this.getHeaders();
    for (const name of this.getRawHeaderNames()) {
      if (NOT_SENT.includes(name.toLowerCase())) continue;
      for (const value of [written[name.toLowerCase()]].flat()) headers.push([name, `${value}`]);
    }
    return await fetch(this.#url, { method: this.method, headers, body, redirect: "manual", signal: this.#abort.signal });
  }

  #answer(response) {
    if (this.destroyed) return;
    this.refreshTimeout();
    const message = answerOf(this, response);
    this.res = message;
    for (const event of ["end", "close"]) message.once(event, () => this.destroy());
    if (!this.emit("response", message)) message.resume();
  }

  _destroy(error, callback) {
    clearTimeout(this.#timer);
    this.socket.destroyed = true;
    this.#abort.abort();
    if (this.res === null) {
      // Nothing was lost of what was called off before it began.
      if (!this.aborted || this.#hasSocket) error ??= hungUp();
    } else if (!this.res.complete) {
      this.res.destroy(error ?? hungUp("aborted"));
    }
    processModule().nextTick(() => this.socket.emit("close", Boolean(error)));
    callback(error);
  }
}

function merged(input, options, callback) {
  if (typeof input === "string") input = urlToHttpOptions(parsed(input));
  else if (input instanceof URL) input = urlToHttpOptions(input);
  else {
    callback = options;
    options = input ?? {};
    input = null;
  }
  if (typeof options === "function") {
    callback = options;
    options = {};
  }
  return [{ ...input, ...options }, callback];
}

function parsed(text) {
  const url = URL.parse(text);
  if (url === null) throw Object.assign(type("ERR_INVALID_URL", "Invalid URL"), { input: text });
  return url;
}

function whereto(options, agent, fallback) {
  const protocol = options.protocol || fallback.protocol;
  const expected = agent.protocol || fallback.protocol;
  if (protocol !== expected) throw type("ERR_INVALID_PROTOCOL", `Protocol "${protocol}" not supported. Expected "${expected}"`);
  if (options.socketPath) throw notSupported("http.request with the option socketPath");
  for (const name of ["hostname", "host"]) {
    const value = options[name];
    if (value !== undefined && value !== null && typeof value !== "string") {
      throw argumentType(`options.${name}`, ["string", "undefined", "null"], value);
    }
  }
  const port = Number(options.port || options.defaultPort || agent.defaultPort || fallback.defaultPort);
  return { protocol, port };
}

function methodOf({ method }) {
  if (method === undefined || method === null) return "GET";
  if (typeof method !== "string") throw argumentType("options.method", "string", method);
  validateHeaderName(method, "Method");
  return method.toUpperCase();
}

function pathOf({ path }) {
  if (path === undefined || path === null) return "/";
  if (/[^\u0021-\u00ff]/.test(`${path}`)) throw type("ERR_UNESCAPED_CHARACTERS", "Request path contains unescaped characters");
  return `${path}` || "/";
}
