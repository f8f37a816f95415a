// Hands requests to the function's handler and its answers back to the host.
//
// The host calls `dispatch` and goes on; the answer comes through one of the `op_respond_*` operations whenever the handler's
// promise settles. What nearly every handler looks at comes as arguments, which cost less than an operation; headers and body of a request
// are fetched from the host only when the handler looks at them.
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
let op_portico_request_headers;
let op_portico_request_identity;
let op_portico_respond_bytes;
let op_portico_respond_empty;
let op_portico_respond_plain;
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
    op_portico_request_headers,
    op_portico_request_identity,
    op_portico_respond_bytes,
    op_portico_respond_empty,
    op_portico_respond_plain,
    op_portico_respond_stream,
    op_portico_respond_text,
    op_portico_response_body_max,
  } = ops);
}

const { getAsyncContext, hasTickScheduled, processTicksAndRejections, setAsyncContext } = core;
const { abortRequest, fromInnerRequest, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const {
  getInnerResponse,
  SERVE_FAST_HEADER_CONTENT_TYPE,
  SERVE_FAST_HEADER_DEFAULT_TEXT,
  serveFastBodyKey,
  serveFastConsumedKey,
  serveFastContentTypeKey,
  serveFastHeaderKindKey,
  serveFastStatusKey,
  toInnerResponse,
  wireHeaderList,
} = core.loadExtScript("ext:deno_fetch/23_response.js");
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { getReadableStreamResourceBacking, readableStreamForRid, ReadableStreamPrototype, resourceForReadableStream } = core
  .loadExtScript("ext:deno_web/06_streams.js");
const { fluxbaseDeno, makeHandler, normalise, responseOfError } = core.loadExtScript("ext:portico/31_handler.js");
const { end: endLibrary, entryPoints, isTainted, within } = core.loadExtScript("ext:portico/33_library.js");
const { cut, shown } = core.loadExtScript("ext:portico/49_limits_console.js");
const { inspect, getDefaultInspectOptions } = core.loadExtScript("ext:deno_web/01_console.js");

// Built-ins as they were before any code of the function ran: it may replace the global ones.
const { assign, setPrototypeOf } = Object;
const { parse, stringify: toJson } = JSON;
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
//
// As an `AsyncVariable` of the engine, but without its weak map: what the engine's variables add to the context they copy from here.
const REQUEST = Symbol("request");
class RequestContext {
  constructor(inner) {
    this[REQUEST] = inner;
  }
}
setPrototypeOf(RequestContext.prototype, null);
const currentRequest = {
  enter: (inner) => setAsyncContext(new RequestContext(inner)),
  get: () => getAsyncContext()?.[REQUEST],
};
const NO_REQUEST = 0;

// Requests that were not over when their handler returned, so that the host can abort their signal.
const active = new NativeMap();

// What the host says when a request's body does not come as a stream.
const NOT_STREAMED = 0;

// The inner object of a `Request`: what deno_fetch reads of a request, got from the host lazily.
class IncomingRequest {
  constructor(id, requestId, method, url) {
    this.id = id;
    this.requestId = requestId;
    this.method = method;
    this.urlText = url;
    this.redirectMode = "follow";
    this.redirectCount = 0;
    this.clientRid = null;
    this.blobUrlEntry = null;
    this.headers = undefined;
    this.bodyInner = undefined;
    // The context that the platform's library has of it, if the function brings that.
    this.library = undefined;
    // Whether the host knows it as one that can be cancelled.
    this.isActive = false;
    this.held = 0;
    this.answered = false;
    // Calls of `fetch` so far.
    this.subrequests = 0;
  }
  url() {
    return this.urlText;
  }
  currentUrl() {
    return this.url();
  }
  get urlList() {
    return [() => this.urlText];
  }
  get urlListProcessed() {
    return [this.urlText];
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

function flatHeaders(request, inner) {
  const list = wireHeaderList(inner);
  const flat = [];
  for (let i = 0; i < list.length; i++) {
    flat[2 * i] = list[i][0];
    flat[2 * i + 1] = list[i][1];
  }
  if (request.library !== undefined && isTainted(request)) {
    flat[flat.length] = TAINTED;
    flat[flat.length] = "true";
  }
  return flat;
}

const KIND_THREW = 0;
const KIND_NOT_A_RESPONSE = 1;
const KIND_TOO_LARGE = 2;

const TEXT = "text/plain;charset=UTF-8";

// Answers with a text of status 200 that has no header but its type: what deno_fetch keeps ready in a `Response` that was made so and
// whose headers nobody has looked at. Answers whether it was such a one.
function respondPlain(request, response) {
  if (response[serveFastStatusKey] !== 200 || request.library !== undefined) return false;
  const text = response[serveFastBodyKey];
  if (typeof text !== "string" || text.length > responseBodyMax) return false;
  const kind = response[serveFastHeaderKindKey];
  const type = kind === SERVE_FAST_HEADER_DEFAULT_TEXT
    ? TEXT
    : kind === SERVE_FAST_HEADER_CONTENT_TYPE
    ? response[serveFastContentTypeKey]
    : undefined;
  if (typeof type !== "string") return false;
  const { body, headerList, status } = getInnerResponse(response);
  // A function can reach these as well. What it makes of them is for those to judge who check every header.
  if (status !== 200 || headerList.length > 1) return false;
  if (headerList.length === 1) {
    const { 0: name, 1: value } = headerList[0];
    if (value !== type || (name !== "content-type" && name !== "Content-Type")) return false;
  }
  // The body is made only when somebody reads it. One that was read, or is a stream by now, is not for here.
  if (body === null ? response[serveFastConsumedKey] : body.streamOrStatic.consumed !== false) return false;
  if (!op_portico_respond_plain(request.id, type, text)) return false;
  if (body === null) {
    response[serveFastConsumedKey] = true;
  } else {
    body.streamOrStatic.consumed = true;
  }
  finish(request);
  return true;
}

// `request` is the inner object of the one that is answered.
function respond(request, response) {
  let inner;
  let isRead = false;
  if (typeof response === "object" && response !== null) {
    if (respondPlain(request, response)) return;
    inner = toInnerResponse(response);
    isRead = response[serveFastConsumedKey] === true;
  }
  if (inner === undefined) {
    try {
      inner = toInnerResponse(normalise(response));
    } catch (error) {
      return finishWithError(request, KIND_NOT_A_RESPONSE, describe(error));
    }
  }
  const headers = flatHeaders(request, inner);
  const body = inner.body;
  if (body === null || body === undefined) {
    op_portico_respond_empty(request.id, inner.status, headers);
    return finish(request);
  }
  if (isRead || body.unusable()) {
    return finishWithError(request, KIND_NOT_A_RESPONSE, "The body of the returned Response was already read");
  }
  const source = body.streamOrStatic;
  if (isStream(source)) return respondStream(request, inner.status, headers, source);
  source.consumed = true;
  if (typeof source.body === "string") {
    // No character is less than a byte.
    if (source.body.length > responseBodyMax) {
      return finishWithError(request, KIND_TOO_LARGE, "The response text exceeds the limit");
    }
    op_portico_respond_text(request.id, inner.status, headers, source.body);
  } else {
    op_portico_respond_bytes(request.id, inner.status, headers, source.body);
  }
  finish(request);
}

// The host reads the body from a resource at the client's pace: of a fetched response the one it has, so that no JavaScript runs for
// it; of any other stream one that is fed by reading it. It calls `forget` at the end.
function respondStream(request, status, headers, stream) {
  const backing = getReadableStreamResourceBacking(stream);
  const rid = backing ? backing.rid : resourceForReadableStream(stream);
  if (!op_portico_respond_stream(request.id, status, headers, rid)) {
    core.tryClose(rid);
    finish(request);
  }
}

// Nothing of a request is left to cancel, but what `waitUntil` was given.
function finish(inner) {
  inner.answered = true;
  if (inner.held === 0) over(inner);
}

// The body of an answer was handed on to its end.
function forget(id) {
  const request = mapGet(active, id);
  if (request !== undefined) finish(toInnerRequest(request));
}

function over(inner) {
  if (inner.isActive) {
    inner.isActive = false;
    mapDelete(active, inner.id);
  }
  endLibrary(inner);
}

// What the log can take of a text, before it is copied out of the heap: it may be half a billion characters.
const LOG_TEXT_LENGTH_MAX = 32 * 1024;

function shortened(text) {
  return cut(text, LOG_TEXT_LENGTH_MAX);
}

function finishWithError(request, kind, text) {
  op_portico_fail(request.id, kind, shortened(text));
  finish(request);
}

// What the handler threw: an answer all the same if it is an error of the platform's auth helpers.
function threw(request, error) {
  const response = responseOfError(error, request.requestId);
  if (response === null) {
    finishWithError(request, KIND_THREW, describe(error));
  } else {
    respond(request, response);
  }
}

// What is known once the isolate has a function.
let responseBodyMax;
let style;
let handler;
let env;
// Whether the handler runs within a context of the platform's library.
let bringsLibrary = false;

// What a handler may ask of the platform about its request. Its members are its own, so that they survive destructuring and spreading,
// and values: an accessor in a literal makes a hidden class of its own for each object.
function makeContext(inner, releaseId, locale, defaultLocale) {
  return {
    // A copy for each request: what one changes, another does not see.
    env: { ...env },
    requestId: inner.requestId,
    releaseId,
    locale,
    defaultLocale,
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

// While anything is held, the request goes on after its answer, within a time that the host keeps.
function hold(inner) {
  if (inner.held++ === 0) op_portico_hold(inner.id, true);
}

function letGo(inner) {
  if (--inner.held > 0) return;
  op_portico_hold(inner.id, false);
  if (inner.answered) over(inner);
}

// Absent locales are null. The method is undefined for what most requests have.
function dispatch(id, requestId, url, releaseId, locale, defaultLocale, method = "GET") {
  const inner = new IncomingRequest(id, requestId, method, url);
  const request = fromInnerRequest(inner, "immutable");
  currentRequest.enter(inner);
  try {
    const result = handler(request, makeContext(inner, releaseId, locale, defaultLocale));
    if (typeof result === "object" && result !== null && typeof result.then === "function") {
      promiseThen(
        promiseResolve(result),
        (response) => {
          try {
            respond(inner, response);
          } catch (error) {
            finishWithError(inner, KIND_THREW, describe(error));
          }
        },
        (error) => threw(inner, error),
      );
    } else {
      respond(inner, result);
    }
  } catch (error) {
    threw(inner, error);
  } finally {
    setAsyncContext(undefined);
  }
  if (!inner.answered || inner.held > 0) {
    inner.isActive = true;
    mapSet(active, id, request);
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
  // As JSON makes it, copies of it are cheap: in the order of its members, V8 knows where each is.
  env = parse(toJson(op_portico_env()));
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
  return { cancel, dispatch, forget, install };
});

// Serves a request with each handler, while the snapshot is made (90_warm_up.js).
function rehearse(operations, handlers) {
  takeOperations(operations);
  responseBodyMax = 1024;
  env = {};
  for (let i = 0; i < handlers.length; i++) {
    install({ default: handlers[i] });
    dispatch(i + 1, "req_0", "http://localhost/path?query=value", "release", null, null, "POST");
  }
}

// Leaves nothing of that in the snapshot. To be called when its promises have settled.
function forgetRehearsal() {
  takeOperations({});
  responseBodyMax = style = handler = env = undefined;
}

return { begin, forgetRehearsal, rehearse };
})();
