// `WebSocket` for packages that look for the name: functions cannot open such connections.
//
// Some refuse to start without the interface although nobody asks them to connect (Supabase's client makes its realtime part at once).
// With it they start, and an attempt to connect says what is missing.

(function () {
const { core } = __bootstrap;
const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const { EventTarget, defineEventHandler } = core.loadExtScript("ext:deno_web/02_event.js");
const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");

class WebSocket extends EventTarget {
  constructor(url) {
    webidl.requiredArguments(arguments.length, 1, "Failed to construct 'WebSocket'");
    throw new DOMException(`A function cannot open WebSocket connections (${url})`, "NotSupportedError");
  }
}

const states = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
for (let value = 0; value < states.length; value++) {
  const property = { __proto__: null, value, enumerable: true };
  Object.defineProperty(WebSocket, states[value], property);
  Object.defineProperty(WebSocket.prototype, states[value], property);
}
for (const name of ["open", "message", "error", "close"]) {
  defineEventHandler(WebSocket.prototype, name);
}

return { WebSocket };
})();
