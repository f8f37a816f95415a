// node:net: telling addresses apart works; connecting does not.

import { refusing } from "./lib/stub.js";

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/;

function isIPv4(text) {
  return V4.test(`${text}`) && !`${text}`.endsWith(".");
}

function isIPv6(text) {
  const [address, zone] = `${text}`.split("%");
  if (zone === "") return false;
  try {
    return address.includes(":") && /^[0-9a-fA-F:.]+$/.test(address) && new URL(`http://[${address}]/`).hostname.startsWith("[");
  } catch {
    return false;
  }
}

export default {
  ...refusing("net", ["_createServerHandle", "_normalizeArgs", "connect", "createConnection", "createServer", "BlockList", "SocketAddress", "Server", "Socket", "Stream"]),
  isIP: (text) => isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0,
  isIPv4,
  isIPv6,
  getDefaultAutoSelectFamily: () => true,
  setDefaultAutoSelectFamily() {},
  getDefaultAutoSelectFamilyAttemptTimeout: () => 250,
  setDefaultAutoSelectFamilyAttemptTimeout() {},
};
