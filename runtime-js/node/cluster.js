// node:cluster: there is one process, and it is the first.

import { EventEmitter } from "node:events";
import { refusing } from "./lib/stub.js";

export default Object.assign(new EventEmitter(), refusing("cluster", ["disconnect", "fork", "setupMaster", "setupPrimary", "Worker"]), {
  isMaster: true,
  isPrimary: true,
  isWorker: false,
  schedulingPolicy: 2,
  settings: {},
  workers: {},
  SCHED_NONE: 1,
  SCHED_RR: 2,
});
