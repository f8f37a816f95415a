// Svelte 5 rendered on the server: its compiler runs in the bundler, as the plugins for bundlers do it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { compile } from "svelte/compiler";

const svelte = {
  name: "svelte",
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compile(await readFile(path, "utf8"), { generate: "server", filename: "Page.svelte", css: "injected" });
      return { contents: js.code, loader: "js" };
    });
  },
};

export default {
  bundles: { worker: { platform: "neutral", conditions: ["worker"], mainFields: ["module", "main"], plugins: [svelte] } },
  requests: [
    { path: "/api?item=milk&item=gr%C3%BCn", check: (r) => assert.match(r.text, /4: &lt;escaped/) },
    { path: "/api", check: (r) => assert.match(r.text, /<p[^>]*>nothing/) },
  ],
};
