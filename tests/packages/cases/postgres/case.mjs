// postgres opens sockets, which functions cannot: it is refused before it goes live, and the error names the module.

export default {
  bundles: { node: { platform: "node", refused: /"(node:)?(net|tls|os|fs|perf_hooks)"/ } },
  requests: [],
};
