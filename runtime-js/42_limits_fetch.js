// How many requests a request makes, and what their bodies hold. How long one takes and whereto it goes is kept by the host.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const { AsyncVariable, getAsyncContext, setAsyncContext } = core;
const { op_portico_external, op_portico_fetch, op_portico_fetch_send } = ops;
const { apply, limits, mapDelete, mapGet, mapSet, NativeMap, NativeTypeError, promiseThen, typedByteLength } = core
  .loadExtScript("ext:portico/41_limits_kit.js");
const dateNow = Date.now;
const NativeError = Error;
const { slice } = String.prototype;

let currentRequest;

// When the fetch began of which the running code is a part: redirects share its time.
const fetchBegan = new AsyncVariable();
const outsideOfRequests = { subrequests: 0 };

function countSubrequest() {
  const request = currentRequest.get() ?? outsideOfRequests;
  if (request.subrequests >= limits.subrequests) {
    throw new NativeTypeError("fetch failed: the request has made too many requests");
  }
  request.subrequests++;
}

// Bodies of requests on their way, by the number of their request: copies, which JavaScript can neither see nor let go of.
const sending = new NativeMap();

ops.op_fetch = (method, url, headers, _client, hasBody, data, stream) => {
  countSubrequest();
  const began = fetchBegan.get();
  const elapsed = began === undefined ? 0 : dateNow() - began;
  const prepared = op_portico_fetch(method, url, headers, hasBody, data, stream, elapsed);
  if (data !== null && data !== undefined) {
    const bytes = typedByteLength(data);
    op_portico_external(bytes);
    mapSet(sending, prepared.requestRid, bytes);
  }
  return prepared;
};

// What the host says when it was the network that failed, and the code of Node for it.
const FAILED = "fetch failed: ";
const NETWORK_CODES = {
  __proto__: null,
  "the connection could not be made": "ECONNREFUSED",
  "the connection could not be made in time": "ETIMEDOUT",
  "the connection was closed before the response was complete": "ECONNRESET",
  "the connection was lost": "ECONNRESET",
  "the connection was refused": "ECONNREFUSED",
  "the connection was reset": "ECONNRESET",
  "the host cannot be reached": "EHOSTUNREACH",
  "the name could not be resolved": "ENOTFOUND",
  "the response is not valid": "EPROTO",
};

// Packages know a failure of the network, which is worth another attempt, by exactly the message that Node's `fetch` has, and its reason by
// the cause. What a limit refuses keeps a message of its own: nobody is to try that again.
function asNetworkError(error) {
  const reason = apply(slice, error.message, [FAILED.length]);
  const code = apply(slice, reason, [0, 4]) === "TLS:" ? "EPROTO" : NETWORK_CODES[reason];
  if (code === undefined) throw error;
  const cause = new NativeError(reason);
  cause.code = code;
  throw new NativeTypeError("fetch failed", { cause });
}

ops.op_fetch_send = (rid) => {
  const answer = promiseThen(op_portico_fetch_send(rid), undefined, asNetworkError);
  const bytes = mapGet(sending, rid);
  if (bytes !== undefined) {
    const sent = () => {
      mapDelete(sending, rid);
      op_portico_external(-bytes);
    };
    promiseThen(answer, sent, sent);
  }
  return answer;
};

delete ops.op_fetch_custom_client;

function limitFetch() {
  const { fetch } = globalThis;
  const limited = {
    fetch(input, init = undefined) {
      const context = getAsyncContext();
      fetchBegan.enter(dateNow());
      try {
        return apply(fetch, undefined, arguments);
      } finally {
        setAsyncContext(context);
      }
    },
  };
  globalThis.fetch = limited.fetch;
}

// `request` answers which request the running code belongs to.
function begin(request) {
  currentRequest = request;
}

return { begin, limitFetch };
})();
