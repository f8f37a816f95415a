import { refusing } from "./lib/stub.js";

const { MessageChannel, MessagePort } = globalThis;

export default {
  ...refusing("worker_threads", ["BroadcastChannel", "Worker", "moveMessagePortToContext", "receiveMessageOnPort"]),
  isMainThread: true,
  parentPort: null,
  threadId: 0,
  workerData: null,
  resourceLimits: {},
  SHARE_ENV: Symbol.for("nodejs.worker_threads.SHARE_ENV"),
  MessageChannel,
  MessagePort,
  getEnvironmentData: () => undefined,
  setEnvironmentData() {},
  markAsUntransferable() {},
};
