import timers from "node:timers";

export default timers.promises;
