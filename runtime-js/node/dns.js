import { refusing, rejecting } from "./lib/stub.js";

const names = ["lookup", "lookupService", "resolve", "resolve4", "resolve6", "resolveAny", "resolveCname", "resolveMx", "resolveNs", "resolvePtr", "resolveSrv", "resolveTxt", "reverse"];

export default {
  ...refusing("dns", [...names, "getServers", "setServers", "Resolver"]),
  promises: rejecting("dns.promises", names),
  ADDRCONFIG: 1024,
  ALL: 256,
  V4MAPPED: 2048,
  NODATA: "ENODATA",
  NOTFOUND: "ENOTFOUND",
  setDefaultResultOrder() {},
  getDefaultResultOrder: () => "verbatim",
};
