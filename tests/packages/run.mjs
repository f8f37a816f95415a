// Runs real npm packages as functions of Portico and under Node, and compares what they answer.
//
//   node run.mjs [--node-only] [--keep-bundles DIR] [--verbose] [CASE...]
//
// PORTICO_BIN names the binary. Each folder of `cases/` is one case: `handler.*` is what a user would have written, and
// `case.mjs` how it is bundled, what it is asked, and what else must be true of the answers. Exits with 1 when
// an answer is not what it must be, or not what Node gives and nobody wrote down why.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));

// The runtime that functions name is Node 22, so that is what they are compared with.
function underNode22() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return;
  const binary = `${HERE}node22/node_modules/node-${process.platform}-${process.arch}/bin/node`;
  if (!existsSync(binary)) {
    console.error("error: this needs Node 22.12 or newer; `scripts/setup test` installs one for the tests");
    process.exit(2);
  }
  process.exit(spawnSync(binary, process.argv.slice(1), { stdio: "inherit" }).status ?? 2);
}

underNode22();

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "node-only": { type: "boolean", default: false },
    "keep-bundles": { type: "string" },
    verbose: { type: "boolean", short: "v", default: false },
  },
});

const { runCase } = await import("./lib/case.mjs");
const { Portico } = await import("./lib/portico.mjs");
const { stop: stopBundler } = await import("./lib/bundle.mjs");
const { printReasons, printRow, printTitles } = await import("./lib/table.mjs");

const all = readdirSync(`${HERE}cases`).filter((name) => existsSync(`${HERE}cases/${name}/case.mjs`)).sort();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`error: there is no case ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exit(2);
}

// The stubs of gateways and APIs are on this machine, which functions may not call unless the node says so.
const SETTINGS = '[functions]\negress_allow = ["127.0.0.0/8"]\n[log]\naccess = false\n';

const binary = process.env.PORTICO_BIN;
if (!binary && !flags["node-only"]) {
  console.error("error: PORTICO_BIN must name the binary under test");
  process.exit(2);
}

let failed = true;
const node = flags["node-only"] ? null : await Portico.start(binary, process.env.PORTICO_SETTINGS ?? SETTINGS);
try {
  const rows = [];
  printTitles();
  for (const name of positionals.length > 0 ? positionals : all) {
    if (node && node.ended() !== null) throw new Error(`the node ended (${node.ended()}):\n${node.log()}`);
    const { default: description } = await import(`./cases/${name}/case.mjs`);
    const done = (row) => rows.push(row) && printRow(row);
    await runCase(name, description, { folder: `${HERE}cases/${name}`, node, keep: flags["keep-bundles"], done });
  }
  failed = printReasons(rows, flags.verbose);
  if (node && (failed || flags.verbose)) console.log(`\nLast lines of the node's log:\n${node.log().split("\n").slice(-40).join("\n")}`);
} finally {
  await node?.stop();
  stopBundler();
}
process.exitCode = failed ? 1 : 0;
