// `http.Agent`: agents can be made and handed around; connections are the runtime's, which keeps and shares them itself.

import { EventEmitter } from "node:events";
import { inherit } from "./inherit.js";

// Functions, not classes: older packages call them on objects of their own kind.
export function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { __proto__: null, ...options };
  this.maxSockets = this.options.maxSockets ?? Infinity;
  this.maxTotalSockets = this.options.maxTotalSockets ?? Infinity;
  this.maxFreeSockets = this.options.maxFreeSockets ?? 256;
  this.keepAliveMsecs = this.options.keepAliveMsecs ?? 1000;
  this.keepAlive = this.options.keepAlive ?? false;
  this.sockets = { __proto__: null };
  this.freeSockets = { __proto__: null };
  this.requests = { __proto__: null };
  this.defaultPort = 80;
  this.protocol = "http:";
}

inherit(Agent, EventEmitter);

Object.assign(Agent.prototype, {
  getName({ host = "localhost", port = "", localAddress = "", family } = {}) {
    return `${host}:${port}:${localAddress}${family === 4 || family === 6 ? `:${family}` : ""}`;
  },
  destroy() {},
});

export const globalAgent = new Agent();
