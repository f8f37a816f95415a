// Portico's locale of thousands of Accept-Language headers, compared with what npm's negotiator chooses.
//
//   PORTICO_BIN=target/debug/portico node tests/locale/run.mjs [COUNT [SEED]]
//
// Where they differ, a clause of the RFCs has to say why (clauses.mjs); a difference without one is an error.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Negotiator from "negotiator";
import { clauses } from "./clauses.mjs";

const portico = process.env.PORTICO_BIN;
if (!portico) {
  console.error("PORTICO_BIN is not set: the portico program to test");
  process.exit(2);
}
const count = Number(process.argv[2] ?? 3000);
const seed = Number(process.argv[3] ?? 402);

const locales = ["en", "en-GB", "de", "de-AT", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-MX", "fr", "sr-Latn", "i-klingon"];
const code = "export default (req) => new Response(req.headers.get('x-run402-locale'));";

// === Headers ===

// mulberry32: the same headers for the same seed.
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const upTo = (most) => Math.floor(random() * (most + 1));

const browsers = [
  "en-US,en;q=0.9", "de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7,fr-CA;q=0.6", "zh-TW,zh;q=0.9", "pt-PT,pt;q=0.8,pt-BR;q=0.7,en;q=0.5", "es-ES",
  "fr-FR, fr;q=0.9, *;q=0.5", "en-GB", "sr-Latn-RS,sr;q=0.9", "*", "", "zh-Hant-HK,zh-Hant;q=0.9,zh;q=0.8", "de;q=0,en;q=0.1",
];
const subtags = ["en", "GB", "US", "de", "AT", "CH", "1996", "zh", "Hant", "Hans", "TW", "pt", "BR", "PT", "es", "MX", "419", "x", "u", "co", "abc"];
const weights = ["0", "0.1", "0.12", "0.123", "0.5", "0.50", "0.500", "0.9", "1", "1.0", "1.000", "0.000", "0.", "1."];
const broken = ["1.5", "-1", "NaN", "1e0", "0.1234", "", ".5", "0,5", "0x1", "\"1\"", "2"];
const oddities = ["fr_CA", "-de", "de-", "1fr", "toolonglanguage", "en--GB", "de AT", "fr;level=1", "fr;q=0.5;level=1", "fr;q =0.5", ";", "", "**", "*-DE"];

function someRange() {
  if (random() < 0.4) return pick(locales);
  if (random() < 0.08) return "*";
  const made = [pick(["en", "de", "zh", "pt", "es", "fr", "sr", "it", "i", "x"]), ...Array.from({ length: upTo(3) }, () => pick(subtags))];
  return made.join("-");
}

function someMember() {
  if (random() < 0.08) return pick(oddities);
  let name = someRange();
  if (random() < 0.3) name = pick([name.toUpperCase(), name.toLowerCase()]);
  if (random() < 0.35) return name;
  const separator = pick([";", ";", ";", "; ", " ;", " ; ", ";\t"]);
  const value = random() < 0.1 ? pick(broken) : pick(weights);
  return `${name}${separator}${random() < 0.1 ? "Q" : "q"}=${value}`;
}

function someHeader() {
  if (random() < 0.1) return pick(browsers);
  return Array.from({ length: 1 + upTo(7) }, someMember).join(pick([",", ", ", " , ", ",,", ",\t"]));
}

// === Both answers ===

const theirs = (header) => new Negotiator({ headers: { "accept-language": header } }).language(locales) ?? locales[0];

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

const folder = mkdtempSync(join(tmpdir(), "portico-locale-"));
writeFileSync(
  join(folder, "portico.json"),
  JSON.stringify({
    project: "locale",
    functions: { replace: { locale: { runtime: "node22", source: { data: code } } } },
    routes: { replace: [{ pattern: "/locale", target: { type: "function", name: "locale" } }] },
    i18n: { defaultLocale: locales[0], locales },
  }),
);
const port = await freePort();
const child = spawn(portico, ["dev", "--json", "--port", `${port}`, folder], { stdio: ["ignore", "pipe", "pipe"] });
let output = "";
const applied = new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error(`portico did not apply the release in time:\n${output}`)), 60_000);
  const look = (chunk) => {
    // Once it is applied only the access log follows.
    if (output.length < 1 << 16) output += chunk;
    if (/"status":"(applied|refused|failed)"/.test(output)) clearTimeout(late);
    if (/"status":"applied"/.test(output)) resolve();
    else if (/"status":"(refused|failed)"/.test(output)) reject(new Error(`portico refused the release:\n${output}`));
  };
  child.stdout.on("data", look);
  child.stderr.on("data", look);
  child.once("exit", (status) => reject(new Error(`portico ended with ${status}:\n${output}`)));
});
applied.catch(() => {});

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
function ours(header) {
  return new Promise((resolve, reject) => {
    const options = { agent, host: "127.0.0.1", port, path: "/locale", headers: { host: "localhost", "accept-language": header } };
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("error", reject);
      response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode} ${text}`))));
    });
    asked.setTimeout(30_000, () => asked.destroy(new Error(`no answer to ${JSON.stringify(header)}`)));
    asked.on("error", reject).end();
  });
}

// === The comparison ===

const explained = new Map(clauses.map(([name]) => [name, { count: 0, example: undefined }]));
const problems = [];
let agreed = 0;

async function compare(header) {
  const mine = await ours(header);
  const raw = theirs(header);
  let [rewritten, answer] = [header, raw];
  const reasons = [];
  for (const [name, rewrite] of clauses) {
    rewritten = rewrite(rewritten, locales);
    const next = theirs(rewritten);
    if (next !== answer) reasons.push(name);
    answer = next;
  }
  // Also where they agree at first: that may be by chance, and the clauses must lead to the same place.
  if (answer !== mine) {
    problems.push(`${JSON.stringify(header)}: portico ${mine}, negotiator ${raw}, and by every clause ${answer}`);
  } else if (raw === mine) {
    agreed++;
  } else {
    for (const name of reasons) {
      const entry = explained.get(name);
      entry.count++;
      // One that only this clause explains.
      if (reasons.length === 1) entry.example ??= `${JSON.stringify(header)}: portico ${mine}, negotiator ${raw}`;
    }
  }
}

try {
  await applied;
  const headers = Array.from({ length: count }, someHeader);
  const queue = headers.values();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (const header of queue) await compare(header);
  }));
} finally {
  agent.destroy();
  child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

console.log(`${count} headers (seed ${seed}), ${locales.length} locales: ${agreed} answered alike, ${count - agreed - problems.length} explained`);
for (const [name, { count: times, example }] of explained) console.log(`  ${`${times}`.padStart(5)}  ${name}\n         ${example ?? "-"}`);
// A clause that nothing needs would explain nothing: the headers do not reach it any more.
const unused = [...explained].filter(([, { count: times }]) => times === 0).map(([name]) => name);
if (count >= 1000) problems.push(...unused.map((name) => `no header needs the clause "${name}"`));
for (const problem of problems.slice(0, 30)) console.log(`  UNEXPLAINED ${problem}`);
if (problems.length > 0) console.error(`${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
