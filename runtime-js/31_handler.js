// What a function exports and what it answers with: the shapes that are understood (reference 2.8), and the plain objects of
// Fluxbase style.
//
// `makeHandler` is called once, when the module is evaluated; the rest only for answers that are no `Response`, so a handler that
// answers with one pays for none of it.

(function () {
const { core } = __bootstrap;
const { Request, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { Response } = core.loadExtScript("ext:deno_fetch/23_response.js");
const { ReadableStreamPrototype } = core.loadExtScript("ext:deno_web/06_streams.js");
const { btoa, atob } = core.loadExtScript("ext:deno_web/05_base64.js");

// Built-ins as they were before any code of the function ran: it may replace the global ones.
const { apply } = Reflect;
const { assign, create, defineProperty, freeze, getOwnPropertyDescriptor, keys } = Object;
const { isArray } = Array;
const { isInteger } = Number;
const { isView } = ArrayBuffer;
const { stringify } = JSON;
const { call } = Function.prototype;
const uncurry = call.bind.bind(call);
const isPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
const toLowerCase = uncurry(String.prototype.toLowerCase);
const functionText = uncurry(Function.prototype.toString);
const startsWith = uncurry(String.prototype.startsWith);
const charCodeAt = uncurry(String.prototype.charCodeAt);
const indexOf = uncurry(String.prototype.indexOf);
const slice = uncurry(String.prototype.slice);
const fromCharCode = String.fromCharCode;
const promiseThen = uncurry(Promise.prototype.then);
const requestText = uncurry(Request.prototype.text);
const ArrayBufferPrototype = ArrayBuffer.prototype;
const NativeTypeError = TypeError;
const NativeUint8Array = Uint8Array;
const NativeString = String;

// ----- The handler

// The handler among a module's exports, as a function of request and context; null if there is none. `style` is "web" or "fluxbase".
function makeHandler(namespace, style) {
  const exported = namespace.default ?? namespace.handler;
  const isFluxbase = style === "fluxbase";
  if (typeof exported === "function") {
    // One cannot be called, and nobody has said how an object of it is made.
    if (isClass(exported)) return null;
    return isFluxbase ? fluxbase(exported) : exported;
  }
  if (typeof exported === "object" && exported !== null && typeof exported.fetch === "function") {
    return (request, context) => exported.fetch(request, new WorkersEnv(context), context);
  }
  return null;
}

function isClass(exported) {
  const text = functionText(exported);
  // Not a method of a name like `class` or `classify`.
  return startsWith(text, "class") && indexOf(" {\t\n\r/", text[5]) !== -1;
}

// The context behind a second argument. A symbol, so that it is found through a proxy as well.
const CONTEXT = Symbol("context");

// The second argument of an object's `fetch`. Code for Workers reads variables off it, code for this platform a context: it is both.
// Inheriting from the context itself would be simpler, and costs microseconds: V8 makes each prototype an object of its own kind.
class WorkersEnv {
  constructor(context) {
    this[CONTEXT] = context;
    assign(this, context.env);
  }
}

for (const name of ["env", "requestId", "releaseId", "locale", "defaultLocale", "waitUntil"]) {
  defineProperty(WorkersEnv.prototype, name, {
    __proto__: null,
    get() {
      return this[CONTEXT]?.[name];
    },
    set(value) {
      defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
    enumerable: true,
    configurable: true,
  });
}
delete WorkersEnv.prototype.constructor;

// Calls the handler with a plain object. The body is read first, as text.
function fluxbase(handler) {
  return (request, context) =>
    promiseThen(requestText(request), (body) => {
      const { headerList } = toInnerRequest(request);
      const headers = {};
      for (let i = 0; i < headerList.length; i++) {
        const name = headerList[i][0];
        const value = headers[name] === undefined ? headerList[i][1] : `${headers[name]}, ${headerList[i][1]}`;
        defineProperty(headers, name, { __proto__: null, value, enumerable: true, writable: true, configurable: true });
      }
      const plain = { method: request.method, url: request.url, headers, body };
      const user = headers["x-run402-user-id"];
      if (user !== undefined) plain.user_id = user;
      return handler(plain, context);
    });
}

// `Deno.env` for functions of Fluxbase style: the function's own environment, to be read.
function fluxbaseDeno(env) {
  const own = assign(create(null), env);
  return freeze({
    env: freeze({
      get: (name) => own[`${name}`],
      has: (name) => own[`${name}`] !== undefined,
      toObject: () => assign({}, own),
    }),
  });
}

// ----- The answer

// A `Response` for what a handler answered with, which is none. Throws a TypeError or RangeError that says what is wrong with it.
function normalise(result) {
  if (typeof result === "object" && result !== null && typeof result.status === "number") {
    return routedResponse(result);
  }
  // A function and a symbol have no JSON, like `undefined`.
  const text = stringify(result) ?? "null";
  return new Response(text, { status: 200, headers: [["content-type", "application/json; charset=utf-8"]] });
}

function routedResponse(result) {
  const { status, headers, cookies, body } = result;
  if (!isInteger(status) || status < 200 || status > 599) {
    throw new NativeTypeError(`The handler answered with the status ${status}, which is not one of 200 to 599`);
  }
  const bodiless = status === 204 || status === 205 || status === 304;
  const { content, type } = bodiless ? NO_BODY : bodyOf(body);
  const pairs = headerPairs(headers);
  if (cookies !== undefined && cookies !== null) {
    if (!isArray(cookies)) throw new NativeTypeError("The cookies of an answer are an array of strings");
    for (let i = 0; i < cookies.length; i++) pairs[pairs.length] = ["set-cookie", NativeString(cookies[i])];
  }
  // Without one, a text would get the type of a text.
  if (type !== null && !hasHeader(pairs, "content-type")) pairs[pairs.length] = ["content-type", type];
  return new Response(content, { status, headers: pairs });
}

function hasHeader(pairs, name) {
  for (let i = 0; i < pairs.length; i++) {
    if (toLowerCase(NativeString(pairs[i][0])) === name) return true;
  }
  return false;
}

const NO_BODY = freeze({ content: null, type: null });

// Headers as a list of pairs: from such a list, from a record, or from any object that lists its pairs, like a `Headers` of another make.
function headerPairs(headers) {
  const pairs = [];
  if (headers === undefined || headers === null) return pairs;
  const add = (name, value) => {
    // A value of its own for each of several.
    const values = isArray(value) ? value : [value];
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== undefined && values[i] !== null) pairs[pairs.length] = [name, NativeString(values[i])];
    }
  };
  if (isArray(headers)) {
    for (let i = 0; i < headers.length; i++) add(headers[i][0], headers[i][1]);
  } else if (typeof headers.forEach === "function") {
    headers.forEach((value, name) => add(name, value));
  } else {
    const names = keys(headers);
    for (let i = 0; i < names.length; i++) add(names[i], headers[names[i]]);
  }
  return pairs;
}

// A body as `Response` takes it, and the content type it has unless the answer says another.
function bodyOf(body) {
  if (body === undefined || body === null) return NO_BODY;
  if (typeof body === "string") return { content: body, type: null };
  if (isView(body) || isPrototypeOf(ArrayBufferPrototype, body) || isPrototypeOf(ReadableStreamPrototype, body)) {
    return { content: body, type: null };
  }
  if (typeof body === "object" && body.encoding === "base64" && typeof body.data === "string") {
    return { content: bytesOf(body), type: null };
  }
  return { content: stringify(body) ?? "null", type: "application/json; charset=utf-8" };
}

function bytesOf({ data, size }) {
  const binary = atob(data);
  if (size !== undefined && size !== binary.length) {
    throw new NativeTypeError(`The body of the answer has ${binary.length} bytes and says that it has ${size}`);
  }
  const bytes = new NativeUint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = charCodeAt(binary, i);
  return bytes;
}

// ----- Errors that are answers

const AUTH_PREFIX = "R402_AUTH_";

// The answer that an error of the platform's auth helpers stands for (reference 2.12); null for any other error. Its message is written
// for the client.
function responseOfError(error, requestId) {
  let code, status, message;
  try {
    if (typeof error !== "object" || error === null) return null;
    ({ code, status, message } = error);
  } catch {
    return null;
  }
  if (typeof code !== "string" || !startsWith(code, AUTH_PREFIX)) return null;
  if (!isInteger(status) || status < 400 || status > 599) return null;
  const text = typeof message === "string" ? message : code;
  const envelope = {
    error: text,
    message: text,
    code,
    category: "auth",
    retryable: false,
    safe_to_retry: true,
    mutation_state: "none",
    trace_id: requestId,
    request_id: requestId,
    details: {},
    next_actions: [],
  };
  return new Response(stringify(envelope), {
    status,
    headers: [["content-type", "application/json; charset=utf-8"], ["cache-control", "private, no-store"]],
  });
}

// ----- The envelope's view of a request

const VERSION = "run402.routed_http.v1";

// Lets code that was written for the gateway's envelope read the same from a `Request`. On the prototype, so that a request costs nothing
// more; assignable, because routers put properties of these names on requests.
function defineRouted() {
  const define = (name, read) => {
    const accessor = {
      get [name]() {
        const inner = incoming(this);
        return inner === undefined ? undefined : read(inner);
      },
      set [name](value) {
        defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
      },
    };
    const { get, set } = getOwnPropertyDescriptor(accessor, name);
    defineProperty(Request.prototype, name, { __proto__: null, get, set, enumerable: false, configurable: true });
  };
  define("version", () => VERSION);
  define("path", pathOf);
  define("rawPath", pathOf);
  define("rawQuery", (inner) => targetOf(inner)[1]);
  define("cookies", (inner) => ({ raw: headerOf(inner, "cookie") }));
  define("context", contextOf);
  define("routedBody", routedBody);
}

// The inner object of a client's request, which has an id; undefined for requests that the function made.
function incoming(request) {
  try {
    const inner = toInnerRequest(request);
    return typeof inner?.requestId === "string" ? inner : undefined;
  } catch {
    return undefined;
  }
}

// Path and query of the URL as the client sent it.
function targetOf(inner) {
  const url = inner.url();
  const start = indexOf(url, "/", indexOf(url, "//") + 2);
  const query = indexOf(url, "?", start);
  return query === -1 ? [slice(url, start), ""] : [slice(url, start, query), slice(url, query + 1)];
}

function pathOf(inner) {
  return targetOf(inner)[0];
}

function headerOf(inner, name) {
  const list = inner.headerList;
  for (let i = 0; i < list.length; i++) {
    if (list[i][0] === name) return list[i][1];
  }
  return null;
}

function contextOf(inner) {
  const context = {
    source: "route",
    projectId: headerOf(inner, "x-run402-project-id"),
    releaseId: headerOf(inner, "x-run402-release-id"),
    deploymentId: null,
    host: headerOf(inner, "x-run402-host"),
    proto: startsWith(inner.url(), "https:") ? "https" : "http",
    requestId: inner.requestId,
  };
  const more = { userAgent: "user-agent", locale: "x-run402-locale", defaultLocale: "x-run402-default-locale" };
  for (const name in more) {
    const value = headerOf(inner, more[name]);
    if (value !== null) context[name] = value;
  }
  return context;
}

const BINARY_PART = 8192;

// The body in base64, as long as it has not been read in another way.
function routedBody(inner) {
  const body = inner.body;
  const bytes = body === null ? undefined : body.streamOrStatic?.body;
  if (!isView(bytes) || body.streamOrStatic.consumed) return null;
  let binary = "";
  for (let at = 0; at < bytes.length; at += BINARY_PART) {
    binary += apply(fromCharCode, null, bytes.subarray(at, at + BINARY_PART));
  }
  return { encoding: "base64", data: btoa(binary), size: bytes.length };
}

defineRouted();

return { fluxbaseDeno, makeHandler, normalise, responseOfError };
})();
