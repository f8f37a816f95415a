// node:perf_hooks: the platform's clock.

const { performance, PerformanceEntry, PerformanceMark, PerformanceMeasure } = globalThis;

class PerformanceObserver {
  static supportedEntryTypes = Object.freeze([]);
  observe() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}

const histogram = () => ({ min: 0, max: 0, mean: 0, stddev: 0, exceeds: 0, percentiles: new Map(), enable: () => true, disable: () => true, reset() {}, percentile: () => 0, record() {} });

export default {
  Performance: globalThis.Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  createHistogram: histogram,
  monitorEventLoopDelay: histogram,
  performance,
  constants: {},
};
