// node:v8: how large the heap is. The rest of the engine is not a function's business.

import process from "node:process";
import { refusing } from "./lib/stub.js";

function getHeapStatistics() {
  const { heapTotal, heapUsed, external } = process.memoryUsage();
  return {
    total_heap_size: heapTotal,
    total_heap_size_executable: 0,
    total_physical_size: heapTotal,
    total_available_size: heapTotal - heapUsed,
    used_heap_size: heapUsed,
    heap_size_limit: heapTotal,
    malloced_memory: 0,
    peak_malloced_memory: 0,
    does_zap_garbage: 0,
    number_of_native_contexts: 1,
    number_of_detached_contexts: 0,
    total_global_handles_size: 0,
    used_global_handles_size: 0,
    external_memory: external,
  };
}

const KINDS = ["DefaultDeserializer", "DefaultSerializer", "Deserializer", "GCProfiler", "Serializer"];
const CALLS = ["deserialize", "getHeapSnapshot", "queryObjects", "serialize", "stopCoverage", "takeCoverage", "writeHeapSnapshot"];

export default {
  ...refusing("v8", [...KINDS, ...CALLS]),
  cachedDataVersionTag: () => 0,
  getHeapCodeStatistics: () => ({}),
  getHeapSpaceStatistics: () => [],
  getHeapStatistics,
  setFlagsFromString() {},
  setHeapSnapshotNearHeapLimit() {},
  startupSnapshot: { isBuildingSnapshot: () => false },
};
