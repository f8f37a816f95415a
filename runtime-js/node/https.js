// node:https: the same requests as of node:http, with another protocol unless they say one.

import http from "node:http";
import { inherit } from "./lib/inherit.js";
import { refusing } from "./lib/stub.js";

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  http.Agent.call(this, options);
  this.defaultPort = 443;
  this.protocol = "https:";
}

inherit(Agent, http.Agent);

const globalAgent = new Agent();

function request(input, options, callback) {
  const isLocation = typeof input === "string" || input instanceof URL;
  if (!isLocation) [options, callback] = [input, options];
  else if (typeof options === "function") [options, callback] = [{}, options];
  options = { ...options, _defaultAgent: globalAgent };
  return isLocation ? new http.ClientRequest(input, options, callback) : new http.ClientRequest(options, callback);
}

function get(input, options, callback) {
  const made = request(input, options, callback);
  made.end();
  return made;
}

export default { ...refusing("https", ["createServer", "Server"]), Agent, get, globalAgent, request };
