// What Deno's fetch expects from extensions that are not part of this runtime.
//
// deno_fetch asks `internals` for its tracing hooks and for nothing else of deno_telemetry: with these
// stubs in place before it loads, neither that extension nor OpenTelemetry is linked. Must be loaded first.

(function () {
const { internals } = __bootstrap;

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

return {};
})();
