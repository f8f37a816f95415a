// Limits that are kept where something is asked for, one file per subject (41 to 49).
//
// Loaded before the scripts of the web platform, which take their operations from `core.ops` as they load: what is put there first is
// what they use. `wrapGlobals` is called once, while the snapshot is made; `begin` in every isolate, before code of
// the function runs. Limits of an isolate are not in the snapshot.

(function () {
const { core } = __bootstrap;
const { op_portico_limits } = core.ops;
const { learn } = core.loadExtScript("ext:portico/41_limits_kit.js");
const fetching = core.loadExtScript("ext:portico/42_limits_fetch.js");
core.loadExtScript("ext:portico/43_limits_held.js");
core.loadExtScript("ext:portico/44_limits_compression.js");
const { limitPerformance, limitSignals, limitTimers } = core.loadExtScript("ext:portico/45_limits_time.js");
const { limitCrypto } = core.loadExtScript("ext:portico/46_limits_crypto.js");
const { limitBuffers } = core.loadExtScript("ext:portico/47_limits_buffers.js");
const { limitConversions, limitStrings } = core.loadExtScript("ext:portico/48_limits_strings.js");
const { limitWebAssembly } = core.loadExtScript("ext:portico/49_limits_wasm.js");

return {
  limitConversions,

  // Puts the limited functions in the place of the others; once, when all of them are there.
  wrapGlobals() {
    const { AbortSignal, add } = core.loadExtScript("ext:deno_web/03_abort_signal.js");
    fetching.limitFetch();
    limitTimers();
    limitSignals(AbortSignal, add);
    limitPerformance();
    limitCrypto();
    limitBuffers();
    limitStrings();
  },

  // Learns the limits of this function. `request` answers which request the running code belongs to.
  begin(request) {
    learn(op_portico_limits());
    fetching.begin(request);
    // V8 makes this object anew in each isolate.
    limitWebAssembly();
  },
};
})();
