// Hands requests to the function's handler and its answers back to the host.
//
// The host calls `dispatch(id)` and goes on; the answer comes through one of the `op_respond_*` operations whenever the handler's
// promise settles. Method, URL, headers and body of a request are fetched from the host only when the handler looks at them.
// Part of the snapshot, compiled code and all: an isolate only gives it the operations (32_start.js), whose fast versions no snapshot
// can hold.

(function () {
const { core, internals } = __bootstrap;

// Operations of the host, given by `begin`.
let op_portico_env;
let op_portico_fail;
let op_portico_hold;
let op_portico_is_fluxbase;
let op_portico_log;
let op_portico_request_body;
let op_portico_request_body_stream;
let op_portico_request_context;
let op_portico_request_headers;
let op_portico_request_id;
let op_portico_request_identity;
let op_portico_request_method;
let op_portico_request_url;
let op_portico_respond_bytes;
let op_portico_respond_empty;
let op_portico_respond_stream;
let op_portico_respond_text;
let op_portico_response_body_max;

function takeOperations(ops) {
  ({
    op_portico_env,
    op_portico_fail,
    op_portico_hold,
    op_portico_is_fluxbase,
    op_portico_log,
    op_portico_request_body,
    op_portico_request_body_stream,
    op_portico_request_context,
    op_portico_request_headers,
    op_portico_request_id,
    op_portico_request_identity,
    op_portico_request_method,
    op_portico_request_url,
    op_portico_respond_bytes,
    op_portico_respond_empty,
    op_portico_respond_stream,
    op_portico_respond_text,
    op_portico_response_body_max,
  } = ops);
}

const { AsyncVariable, hasTickScheduled, processTicksAndRejections, setAsyncContext } = core;
const { abortRequest, fromInnerRequest, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { toInnerResponse, wireHeaderList } = core.loadExtScript("ext:deno_fetch/23_response.js");
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { getReadableStreamResourceBacking, readableStreamForRid, ReadableStreamPrototype, resourceForReadableStream } = core
  .loadExtScript("ext:deno_web/06_streams.js");
const { fluxbaseDeno, makeHandler, normalise, responseOfError } = core.loadExtScript("ext:portico/31_handler.js");
const { end: endLibrary, entryPoints, isTainted, within } = core.loadExtScript("ext:portico/33_library.js");
const { cut, shown } = core.loadExtScript("ext:portico/49_limits_console.js");
const { inspect, getDefaultInspectOptions } = core.loadExtScript("ext:deno_web/01_console.js");

// Built-ins as they were before any code of the function ran: it may replace the global ones.
const { assign } = Object;
const { isPrototypeOf } = Object.prototype;
const { call } = Function.prototype;
const uncurry = call.bind.bind(call);
const isStream = uncurry(isPrototypeOf, ReadableStreamPrototype);
const promiseThen = uncurry(Promise.prototype.then);
const promiseResolve = Promise.resolve.bind(Promise);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const NativeMap = Map;
const NativeError = Error;
const stringify = String;

// Which request the running code belongs to (an `IncomingRequest`): follows promises and timers, and names the request of a
// console line, also after it was answered.
const currentRequest = new AsyncVariable();
const NO_REQUEST = 0;

// Requests that are not over yet, so that the host can abort their signal.
const active = new NativeMap();

// What the host says when a request's body does not come as a stream.
const NOT_STREAMED = 0;

// The inner object of a `Request`: what deno_fetch reads of a request, got from the host lazily.
class IncomingRequest {
  constructor(id) {
    this.id = id;
    this.requestId = op_portico_request_id(id);
    this.redirectMode = "follow";
    this.redirectCount = 0;
    this.clientRid = null;
    this.blobUrlEntry = null;
    this.methodText = undefined;
    this.urlText = undefined;
    this.headers = undefined;
    this.bodyInner = undefined;
    this.contextParts = undefined;
    // The context that the platform's library has of it, if the function brings that.
    this.library = undefined;
    this.env = undefined;
    this.held = 0;
    this.answered = false;
    // Calls of `fetch` so far.
    this.subrequests = 0;
  }
  get method() {
    return this.methodText ??= op_portico_request_method(this.id);
  }
  url() {
    return this.urlText ??= op_portico_request_url(this.id);
  }
  currentUrl() {
    return this.url();
  }
  get urlList() {
    return [() => this.url()];
  }
  get urlListProcessed() {
    return [this.url()];
  }
  get headerList() {
    if (this.headers === undefined) {
      const flat = op_portico_request_headers(this.id);
      const list = [];
      for (let i = 0; i < flat.length; i += 2) {
        list[i >> 1] = [flat[i], flat[i + 1]];
      }
      this.headers = list;
    }
    return this.headers;
  }
  get body() {
    if (this.bodyInner === undefined) {
      const stream = op_portico_request_body_stream(this.id);
      const bytes = stream === NOT_STREAMED ? op_portico_request_body(this.id) : null;
      if (stream !== NOT_STREAMED) {
        this.bodyInner = new InnerBody(readableStreamForRid(stream - 1));
      } else if (bytes === null) {
        this.bodyInner = null;
      } else {
        this.bodyInner = new InnerBody({ body: bytes, consumed: false });
        this.bodyInner.length = bytes.byteLength;
      }
    }
    return this.bodyInner;
  }
}

function describe(error) {
  try {
    if (error instanceof NativeError && typeof error.stack === "string") {
      if (error.cause === undefined) return error.stack;
    }
    return inspect(shown([error])[0], getDefaultInspectOptions());
  } catch {
    return "an error that cannot be displayed";
  }
}

// Tells the host that the answer is for one user. As in `edge/answer_function/reply.rs`.
const TAINTED = "x-run402-cache-tainted";

function flatHeaders(id, inner) {
  const list = wireHeaderList(inner);
  const flat = [];
  for (let i = 0; i < list.length; i++) {
    flat[2 * i] = list[i][0];
    flat[2 * i + 1] = list[i][1];
  }
  const request = bringsLibrary ? mapGet(active, id) : undefined;
  if (request !== undefined && isTainted(toInnerRequest(request))) {
    flat[flat.length] = TAINTED;
    flat[flat.length] = "true";
  }
  return flat;
}

const KIND_THREW = 0;
const KIND_NOT_A_RESPONSE = 1;
const KIND_TOO_LARGE = 2;

function respond(id, response) {
  let inner = typeof response === "object" && response !== null ? toInnerResponse(response) : undefined;
  if (inner === undefined) {
    try {
      inner = toInnerResponse(normalise(response));
    } catch (error) {
      return finishWithError(id, KIND_NOT_A_RESPONSE, describe(error));
    }
  }
  const headers = flatHeaders(id, inner);
  const body = inner.body;
  if (body === null || body === undefined) {
    op_portico_respond_empty(id, inner.status, headers);
    return finish(id);
  }
  if (body.unusable()) {
    return finishWithError(id, KIND_NOT_A_RESPONSE, "The body of the returned Response was already read");
  }
  const source = body.streamOrStatic;
  if (isStream(source)) return respondStream(id, inner.status, headers, source);
  source.consumed = true;
  if (typeof source.body === "string") {
    // No character is less than a byte.
    if (source.body.length > responseBodyMax) {
      return finishWithError(id, KIND_TOO_LARGE, "The response text exceeds the limit");
    }
    op_portico_respond_text(id, inner.status, headers, source.body);
  } else {
    op_portico_respond_bytes(id, inner.status, headers, source.body);
  }
  finish(id);
}

// The host reads the body from a resource at the client's pace: of a fetched response the one it has, so that no JavaScript runs for
// it; of any other stream one that is fed by reading it. It calls `forget` at the end.
function respondStream(id, status, headers, stream) {
  const backing = getReadableStreamResourceBacking(stream);
  const rid = backing ? backing.rid : resourceForReadableStream(stream);
  if (!op_portico_respond_stream(id, status, headers, rid)) {
    core.tryClose(rid);
    finish(id);
  }
}

// Nothing of a request is left to cancel, but what `waitUntil` was given.
function finish(id) {
  const request = mapGet(active, id);
  if (request === undefined) return;
  const inner = toInnerRequest(request);
  inner.answered = true;
  if (inner.held === 0) over(inner);
}

function over(inner) {
  mapDelete(active, inner.id);
  endLibrary(inner);
}

// What the log can take of a text, before it is copied out of the heap: it may be half a billion characters.
const LOG_TEXT_LENGTH_MAX = 32 * 1024;

function shortened(text) {
  return cut(text, LOG_TEXT_LENGTH_MAX);
}

function finishWithError(id, kind, text) {
  op_portico_fail(id, kind, shortened(text));
  finish(id);
}

// What the handler threw: an answer all the same if it is an error of the platform's auth helpers.
function threw(id, requestId, error) {
  const response = responseOfError(error, requestId);
  if (response === null) {
    finishWithError(id, KIND_THREW, describe(error));
  } else {
    respond(id, response);
  }
}

// What is known once the isolate has a function.
let responseBodyMax;
let style;
let handler;
let env;
// Whether the handler runs within a context of the platform's library.
let bringsLibrary = false;

// What a handler may ask of the platform about its request. Its members are its own, so that they survive destructuring and spreading.
function makeContext(inner) {
  return {
    // A copy for each request that asks: what one changes, another does not see.
    get env() {
      return inner.env ??= assign({}, env);
    },
    requestId: inner.requestId,
    get releaseId() {
      return contextOf(inner)[0];
    },
    get locale() {
      return contextOf(inner)[1];
    },
    get defaultLocale() {
      return contextOf(inner)[2];
    },
    waitUntil(promise) {
      hold(inner);
      const release = () => letGo(inner);
      promiseThen(promiseResolve(promise), release, (error) => {
        log(3, `Uncaught (in waitUntil) ${describe(error)}`);
        release();
      });
    },
  };
}

function contextOf(inner) {
  return inner.contextParts ??= op_portico_request_context(inner.id);
}

// While anything is held, the request goes on after its answer, within a time that the host keeps.
function hold(inner) {
  if (inner.held++ === 0) op_portico_hold(inner.id, true);
}

function letGo(inner) {
  if (--inner.held > 0) return;
  op_portico_hold(inner.id, false);
  if (inner.answered) over(inner);
}

function dispatch(id) {
  const inner = new IncomingRequest(id);
  const request = fromInnerRequest(inner, "immutable");
  mapSet(active, id, request);
  currentRequest.enter(inner);
  try {
    const result = handler(request, makeContext(inner));
    if (typeof result === "object" && result !== null && typeof result.then === "function") {
      promiseThen(
        promiseResolve(result),
        (response) => {
          try {
            respond(id, response);
          } catch (error) {
            finishWithError(id, KIND_THREW, describe(error));
          }
        },
        (error) => threw(id, inner.requestId, error),
      );
    } else {
      respond(id, result);
    }
  } catch (error) {
    threw(id, inner.requestId, error);
  } finally {
    setAsyncContext(undefined);
  }
  runTicks();
}

// What the code just run has put off by `process.nextTick` comes before its promises (Node's order); the host runs those when this returns.
function runTicks() {
  if (hasTickScheduled()) processTicksAndRejections();
}

// The client has gone or the time is over, that of `waitUntil` after an answer: the handler may still be running and learns it from the signal.
function cancel(id) {
  const request = mapGet(active, id);
  if (request === undefined) return;
  const inner = toInnerRequest(request);
  over(inner);
  currentRequest.enter(inner);
  try {
    abortRequest(request);
  } finally {
    setAsyncContext(undefined);
  }
  runTicks();
}

// Takes the evaluated module, and the platform's library if the function brings it; answers whether there is a handler.
function install(module, library) {
  handler = makeHandler(module, style);
  if (handler === null) return false;
  const points = entryPoints(module) ?? entryPoints(library);
  bringsLibrary = points !== undefined;
  if (bringsLibrary) {
    handler = within(points, handler, { projectId: env.RUN402_PROJECT_ID, identityOf: op_portico_request_identity });
  }
  return true;
}

function log(level, text) {
  text = shortened(text);
  const request = currentRequest.get();
  if (request === undefined) {
    op_portico_log(NO_REQUEST, level, text, "");
  } else {
    op_portico_log(request.id, level, text, request.requestId);
  }
}

// Begins the isolate of a function. Answers what the host calls from then on. In parentheses, to be compiled for the snapshot.
const begin = (function (ops) {
  takeOperations(ops);
  responseBodyMax = op_portico_response_body_max();
  style = op_portico_is_fluxbase() ? "fluxbase" : "web";
  env = op_portico_env();
  core.loadExtScript("ext:portico/40_limits.js").begin(currentRequest);
  internals.portico.bootstrap({
    env: assign({}, env),
    userAgent: "Portico",
    log,
    report: (what, error) => log(3, `${what} ${describe(error)}`),
  });
  if (style === "fluxbase") {
    Object.defineProperty(globalThis, "Deno", core.propNonEnumerable(fluxbaseDeno(env)));
  }
  return { cancel, dispatch, forget: finish, install };
});

// Serves a request with each handler, while the snapshot is made (90_warm_up.js).
function rehearse(operations, handlers) {
  takeOperations(operations);
  responseBodyMax = 1024;
  env = {};
  for (let i = 0; i < handlers.length; i++) {
    install({ default: handlers[i] });
    dispatch(i + 1);
  }
}

// Leaves nothing of that in the snapshot. To be called when its promises have settled.
function forgetRehearsal() {
  takeOperations({});
  responseBodyMax = style = handler = env = undefined;
}

return { begin, forgetRehearsal, rehearse };
})();
