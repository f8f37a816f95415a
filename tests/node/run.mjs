// Runs the cases of tests/node/cases under this Node and as functions of Portico, and compares the answers.
//
//   PORTICO_BIN=target/debug/portico node tests/node/run.mjs [FILE...]
//
// Differences that are accepted stand in differences.mjs, each with its reason; an entry that no longer differs is an error too.

import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { collect } from "./collect.mjs";
import { accepted } from "./differences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const portico = process.env.PORTICO_BIN;
if (!portico) {
  console.error("PORTICO_BIN is not set: the portico program to test");
  process.exit(2);
}
// Problems of one file that are shown.
const SHOWN = 30;

const wanted = process.argv.slice(2);
const files = readdirSync(join(here, "cases")).map((file) => file.replace(/\.mjs$/, ""))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
const folder = mkdtempSync(join(tmpdir(), "portico-node-"));
const harness = readFileSync(join(here, "harness.js"), "utf8");

mkdirSync(join(folder, "functions"));
for (const name of files) {
  const text = `${readFileSync(join(here, "cases", `${name}.mjs`), "utf8")}\n${harness}`;
  writeFileSync(join(folder, "functions", `${name}.mjs`), text);
}
const entries = files.map((name) => [name.replaceAll("_", "-"), { runtime: "node22", source: { path: `functions/${name}.mjs` } }]);
writeFileSync(
  join(folder, "portico.json"),
  JSON.stringify({
    project: "node",
    functions: { replace: Object.fromEntries(entries) },
    routes: { replace: entries.map(([name]) => ({ pattern: `/${name}`, target: { type: "function", name } })) },
  }),
);

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Resolves to the address when everything is applied.
async function startPortico() {
  const port = await freePort();
  const child = spawn(portico, ["dev", "--json", "--port", `${port}`, folder], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const applied = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`portico did not apply the functions in time:\n${output}`)), 60_000);
    const look = (chunk) => {
      output += chunk;
      if (/"status":"applied"/.test(output)) {
        clearTimeout(late);
        resolve();
      } else if (/"status":"(refused|failed)"/.test(output)) {
        clearTimeout(late);
        reject(new Error(`portico refused the functions:\n${output}`));
      }
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`portico ended with ${code}:\n${output}`));
    });
  });
  applied.catch(() => {});
  return { child, applied, url: `http://localhost:${port}`, output: () => output };
}

function underNode(name) {
  return new Promise((resolve, reject) => {
    const file = join(folder, "functions", `${name}.mjs`);
    execFile(process.execPath, ["--no-warnings", join(here, "under_node.mjs"), file], { maxBuffer: 1 << 26 }, (error, stdout) => {
      if (error) reject(new Error(`${name} under Node: ${error.message}`));
      else resolve(JSON.parse(stdout.trim().split("\n").at(-1)));
    });
  });
}

async function underPortico(url, name) {
  const path = name.replaceAll("_", "-");
  const ask = async (query) => {
    const response = await fetch(`${url}/${path}${query}`);
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return collect(ask);
}

function count(value) {
  return Array.isArray(value) ? value.reduce((sum, item) => sum + count(item), 0) : 1;
}

// What a function may not import has to fail when it is applied, with its name.
async function refuses(specifier) {
  const bad = mkdtempSync(join(tmpdir(), "portico-node-"));
  writeFileSync(join(bad, "f.mjs"), `import x from ${JSON.stringify(specifier)};\nexport default () => new Response(String(x));\n`);
  const spec = { project: "bad", functions: { replace: { f: { runtime: "node22", source: { path: "f.mjs" } } } } };
  writeFileSync(join(bad, "portico.json"), JSON.stringify(spec));
  const child = spawn(portico, ["dev", "--json", "--port", `${await freePort()}`, bad], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const told = await new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), 20_000);
    const look = (chunk) => {
      output += chunk;
      if (!output.includes(`\\"${specifier}\\"`) && !output.includes(`"${specifier}"`) && !/"applied"/.test(output)) return;
      clearTimeout(late);
      resolve(!/"applied"/.test(output));
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
  });
  child.kill("SIGTERM");
  rmSync(bad, { recursive: true, force: true });
  return told ? [] : [`import of "${specifier}" is not refused by name:\n${output}`];
}

let failed = 0;
let total = 0;
let known = 0;
const rows = [];
const server = await startPortico();
try {
  await server.applied;
  for (const name of files) {
    const [expected, actual] = [await underNode(name), await underPortico(server.url, name)];
    const problems = [];
    let differing = 0;
    if (Object.keys(expected).length !== Object.keys(actual).length) problems.push("not all cases were answered");
    for (const [title, wantedValue] of Object.entries(expected)) {
      const reason = accepted[`${name}: ${title}`];
      const same = JSON.stringify(wantedValue) === JSON.stringify(actual[title]);
      if (!same && reason) differing++;
      else if (!same) problems.push(...explain(title, wantedValue, actual[title]));
      else if (reason) problems.push(`${title}: listed in differences.mjs, and does not differ`);
    }
    const values = count(Object.values(expected));
    rows.push([name, Object.keys(expected).length, values, differing, problems.length]);
    total += values;
    known += differing;
    failed += problems.length;
    for (const problem of problems.slice(0, SHOWN)) console.log(`${name}: ${problem}`);
    if (problems.length > SHOWN) console.log(`${name}: ${problems.length - SHOWN} more`);
  }
} catch (error) {
  failed++;
  console.log(error.message);
  console.log(server.output());
} finally {
  server.child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

// Where in a value of many parts the difference is.
function explain(title, expected, actual) {
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, i) => {
      if (JSON.stringify(item) === JSON.stringify(actual[i])) return [];
      return explain(`${title}[${i}]`, item, actual[i]);
    });
  }
  return [`${title}\n    node:    ${JSON.stringify(expected)}\n    portico: ${JSON.stringify(actual)}`];
}

for (const specifier of ["node:nothing", "node:internal_inspect", "ext:portico_node/crypto.js", "left-pad"]) {
  for (const problem of await refuses(specifier)) {
    failed++;
    console.log(problem);
  }
}

console.log(["file", "cases", "values", "known differences", "failed"].map((cell, i) => i ? cell.padStart(18) : cell.padEnd(18)).join(""));
for (const row of rows) console.log(row.map((cell, i) => i ? `${cell}`.padStart(18) : cell.padEnd(18)).join(""));
console.log(`${total} values compared with Node ${process.version}; ${known} cases differ as listed; ${failed} problems`);
process.exit(failed > 0 ? 1 : 0);
