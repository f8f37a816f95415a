// postgres opens sockets, which functions cannot: it loads, and a query fails at once with an error that names what is missing.

import assert from "node:assert/strict";

export default {
  bundles: { node: { platform: "node", node: false } },
  requests: [{ path: "/api", only: "portico", status: 503, check: (r) => assert.match(r.json().message, /node:(net|tls)|net\.|tls\./) }],
};
