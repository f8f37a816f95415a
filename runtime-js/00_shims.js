// What Deno's fetch expects from extensions that are not part of this runtime.
//
// deno_fetch asks `internals` for its tracing hooks and for nothing else of deno_telemetry: with these
// stubs in place before it loads, neither that extension nor OpenTelemetry is linked. Must be loaded first.

(function () {
const { core, internals } = __bootstrap;

const noop = () => {};

internals.__telemetry = {
  TRACING_ENABLED: false,
  PROPAGATORS: [],
  DID_NOT_ENTER: Symbol("did not enter"),
  ContextManager: { active: noop },
  builtinTracer: noop,
  enterSpan: noop,
  exitSpan: noop,
};

internals.__telemetryUtil = {
  updateSpanFromClientResponse: noop,
  updateSpanFromError: noop,
  updateSpanFromRequest: noop,
};

// The host's own fetch operations: `10_globals.js` loads deno_fetch after this.
const { ops } = core;
const { op_portico_fetch, op_portico_fetch_send } = ops;
internals.beforeFetch = () => 0;
ops.op_fetch = (method, url, headers, _client, hasBody, data, stream) =>
  op_portico_fetch(method, url, headers, hasBody, data, stream, internals.beforeFetch());
ops.op_fetch_send = op_portico_fetch_send;
delete ops.op_fetch_custom_client;

return {};
})();
