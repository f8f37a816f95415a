// `http.Agent`.

// They can be made and handed around; connections are the runtime's.
export class Agent {
  constructor(options = {}) {
    this.options = { __proto__: null, ...options };
    this.maxSockets = options.maxSockets ?? Infinity;
    this.maxFreeSockets = options.maxFreeSockets ?? 256;
    this.keepAlive = options.keepAlive ?? false;
    this.sockets = { __proto__: null };
    this.freeSockets = { __proto__: null };
    this.requests = { __proto__: null };
    this.defaultPort = 80;
    this.protocol = "http:";
  }
  destroy() {}
}

export const globalAgent = new Agent();
