// `http.IncomingMessage`: the answer to a request, read from a `Response` at its reader's pace.

import { Readable } from "node:stream";
import { hungUp } from "./http_errors.js";
import { core } from "./host.js";

// What says how a message travelled, not what it is.
const OF_THE_CONNECTION = ["connection", "keep-alive", "transfer-encoding"];

// The message that `response` is for `request`: `answerOf(request, response)`.
export let answerOf;

export class IncomingMessage extends Readable {
  #reader = null;
  statusCode = null;
  statusMessage = null;
  headers = {};
  headersDistinct = { __proto__: null };
  rawHeaders = [];
  trailers = {};
  trailersDistinct = { __proto__: null };
  rawTrailers = [];
  httpVersion = "1.1";
  httpVersionMajor = 1;
  httpVersionMinor = 1;
  url = "";
  method = null;
  complete = false;
  aborted = false;

  constructor(socket = null) {
    super();
    this.socket = socket;
  }

  get connection() {
    return this.socket;
  }

  setTimeout(ms, callback) {
    this.req?.setTimeout(ms, callback);
    return this;
  }

  _read() {
    if (this.#reader === null) return;
    this.#reader.read().then(({ done, value }) => {
      this.req?.refreshTimeout();
      if (done) this.#end();
      else this.push(value);
    }, () => this.destroy(hungUp("aborted")));
  }

  #end() {
    this.complete = true;
    this.push(null);
  }

  _destroy(error, callback) {
    if (!this.complete || !this.readableEnded) {
      this.aborted = true;
      this.emit("aborted");
      this.#reader?.cancel().catch(() => {});
    }
    // Whoever listens for no errors is not told of one, as in Node.
    callback(this.listenerCount("error") > 0 ? error : null);
  }

  static {
    answerOf = (request, response) => {
      const message = new IncomingMessage(request.socket);
      message.req = request;
      message.statusCode = response.status;
      message.statusMessage = response.statusText;
      takeHeaders(message, response);
      if (response.body === null) message.#end();
      else message.#reader = response.body.getReader();
      return message;
    };
  }
}

function takeHeaders(message, response) {
  const { toInnerResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
  // The body comes decompressed: nobody may do that again.
  const untrue = toInnerResponse(response).bodyDecoded ? ["content-encoding", "content-length"] : [];
  for (const [name, value] of response.headers) {
    if (OF_THE_CONNECTION.includes(name) || untrue.includes(name)) continue;
    message.rawHeaders.push(name, value);
    (message.headersDistinct[name] ??= []).push(value);
    if (name === "set-cookie") (message.headers[name] ??= []).push(value);
    else message.headers[name] = value;
  }
}
