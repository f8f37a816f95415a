import { Agent as Base } from "node:http";
import { refusing } from "./lib/stub.js";

class Agent extends Base {
  constructor(options) {
    super(options);
    this.defaultPort = 443;
    this.protocol = "https:";
  }
}

export default { ...refusing("https", ["createServer", "get", "request", "Server"]), Agent, globalAgent: new Agent() };
