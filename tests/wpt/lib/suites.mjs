// What is run, and what is not: the suites in the order of the table.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
const own = fileURLToPath(new URL("../", import.meta.url));

// The folder scripts/fetch-wpt has filled, or the one that PORTICO_WPT names.
export function wptRoot() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const root = process.env.PORTICO_WPT || join(cache, "portico-wpt", "current");
  if (!existsSync(join(root, "resources", "testharness.js"))) {
    throw new Error(`${root} holds no Web Platform Tests: run scripts/fetch-wpt`);
  }
  return root;
}

// `folder` is below the root of the Web Platform Tests, or of tests/wpt when `ours`. A path that begins with one of `without` is not
// looked at: tests of other kinds of programs (pages, several windows, an HTTP server), not of ours.
export const suites = [
  { name: "wintertc", folder: "wintertc", ours: true },
  { name: "urlpattern", folder: "urlpattern", ours: true },
  { name: "url", folder: "url" },
  { name: "encoding", folder: "encoding" },
  { name: "streams", folder: "streams", without: ["transferable/", "readable-streams/crashtests/"] },
  { name: "WebCryptoAPI", folder: "WebCryptoAPI" },
  { name: "dom/abort", folder: "dom/abort" },
  { name: "dom/events", folder: "dom/events", without: ["scrolling/", "non-cancelable-when-passive/"] },
  { name: "FileAPI", folder: "FileAPI", without: ["BlobURL/", "filelist-section/", "support/", "file/send-file-form-"] },
  { name: "html/webappapis", folder: "html/webappapis" },
  { name: "console", folder: "console" },
  { name: "hr-time", folder: "hr-time" },
  { name: "performance-timeline", folder: "performance-timeline" },
  { name: "user-timing", folder: "user-timing" },
  { name: "webidl", folder: "webidl/ecmascript-binding" },
  { name: "wasm/jsapi", folder: "wasm/jsapi" },
];

export function suiteFolder(suite) {
  return join(suite.ours ? own : wptRoot(), suite.folder);
}

export function expectationsFile(suite) {
  return join(own, "expectations", `${suite.name.replaceAll("/", "-")}.json`);
}

// Web Platform Tests of URLPattern are not among those of Node.js 18; their data is part of the crate that does the matching.
export function urlPatternData() {
  const lock = readFileSync(join(repository, "Cargo.lock"), "utf8");
  const version = /name = "urlpattern"\nversion = "([^"]+)"/.exec(lock)?.[1];
  const registry = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "registry", "src");
  for (const index of existsSync(registry) ? readdirSync(registry) : []) {
    const file = join(registry, index, `urlpattern-${version}`, "src", "testdata", "urlpatterntestdata.json");
    if (existsSync(file)) return readFileSync(file, "utf8");
  }
  throw new Error(`cargo has not unpacked urlpattern ${version}: run cargo fetch`);
}
