// The platform's own library, `@run402/functions`, when a function brings it: each request's handler runs within the context that the
// library finds its request by (reference 2.3).
//
// The context lives in the library's module, so it has to be that very instance which the function's code uses: the one among its
// files, or the one in its bundle if the bundle exports the library's entry points. A function without either pays for nothing of this.

(function () {
const { core } = __bootstrap;
const { toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");

// Built-ins as they were before any code of the function ran: it may replace the global ones.
const { create } = Object;
const { parse } = JSON;
const { call } = Function.prototype;
const uncurry = call.bind.bind(call);
const promiseThen = uncurry(Promise.prototype.then);
const promiseResolve = Promise.resolve.bind(Promise);

const ENVELOPE = "x-run402-actor-context";

// What the host needs of the library, out of a module's exports; undefined if it is not there. Read as properties, never imported by
// name: the versions differ in what they have.
function entryPoints(namespace) {
  if (namespace === undefined || typeof namespace.runWithContext !== "function") return undefined;
  const { runWithContext, ensureActorContextKeysLoaded } = namespace;
  return { run: runWithContext, loadKeys: typeof ensureActorContextKeysLoaded === "function" ? ensureActorContextKeysLoaded : null };
}

// `handler` within the library's context.
function within({ run, loadKeys }, handler, { projectId, identityOf }) {
  return (request, context) => {
    const inner = toInnerRequest(request);
    const library = contextOf(inner, request, context, projectId, identityOf(inner.id));
    inner.library = library;
    const begin = () => run(library, () => handler(request, context));
    // The library verifies an envelope without waiting, so its keys have to be there before.
    const verifies = library.actor === undefined && library.request.headers[ENVELOPE] !== undefined;
    return verifies && loadKeys !== null ? promiseThen(promiseResolve(loadKeys()), begin) : begin();
  };
}

function contextOf(inner, request, context, projectId, [invocationKind, actor]) {
  const headers = record(inner.headerList);
  return {
    requestId: inner.requestId,
    projectId,
    releaseId: context.releaseId,
    locale: context.locale ?? null,
    defaultLocale: context.defaultLocale ?? null,
    host: headers["x-run402-host"] ?? "",
    request: { method: request.method, url: request.url, headers },
    // Undefined, the library reads the envelope. The host knows what that cannot say: the session's own id.
    actor: actor === null ? undefined : parse(actor),
    invocationKind,
    cacheBypassTainted: { value: false },
    active: { value: true },
  };
}

// Names in lower case, as they come. Without a prototype, because a client names the fields.
function record(list) {
  const headers = create(null);
  for (let i = 0; i < list.length; i++) {
    const [name, value] = list[i];
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

// Whether the answer depends on who asks, as far as the library knows.
function isTainted({ library }) {
  try {
    return library !== undefined && library.cacheBypassTainted.value === true;
  } catch {
    // The function can reach the object; what it did with it is no reason to let others see the answer.
    return true;
  }
}

// The request is over: what is still running in its context gets an error from the library instead of the user's data.
function end({ library }) {
  try {
    if (library !== undefined) library.active.value = false;
  } catch {
    // As above.
  }
}

return { end, entryPoints, isTainted, within };
})();
