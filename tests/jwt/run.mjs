// Portico's verdict on thousands of tokens, good ones and every kind of wrong one, compared with jose's and PyJWT's.
//
//   PORTICO_BIN=target/debug/portico node tests/jwt/run.mjs [SEED]
//
// The libraries are asked as their manuals say. Where a verdict differs, differences.mjs has to say why by the token's kind; a
// difference without a reason is an error, and so is a reason that no token needs.

import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Portico } from "../packages/lib/portico.mjs";
import { differences } from "./differences.mjs";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "./jose.mjs";
import { AUDIENCE, ISSUER, PROJECT, SECRET, keys, tokens } from "./tokens.mjs";

const binary = process.env.PORTICO_BIN;
if (!binary) {
  console.error("PORTICO_BIN is not set: the portico program to test");
  process.exit(2);
}
const seed = Number(process.argv[2] ?? 402);
const LEEWAY = 30;

// mulberry32: the same places for the same seed.
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

// === PyJWT ===

// Debian installs its packages for its own Python only.
const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", "import jwt, cryptography"]).status === 0);
if (!python) {
  console.error("no Python has PyJWT and cryptography: scripts/setup test installs them");
  process.exit(2);
}

function py(command, task) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [fileURLToPath(new URL("oracle.py", import.meta.url)), command], { stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", (status) => (status === 0 ? resolve(JSON.parse(text)) : reject(new Error(`oracle.py ${command}: ${status}`))));
    child.stdin.end(JSON.stringify(task));
  });
}

// === jose ===

function joseVerdicts(issuers) {
  const sets = new Map(issuers.map((one) => [one.issuer, createLocalJWKSet({ keys: one.keys })]));
  const secret = new TextEncoder().encode(SECRET);
  return async ({ token }) => {
    try {
      const { iss } = decodeJwt(token);
      const issuer = issuers.find((one) => one.issuer === iss);
      const options = { clockTolerance: LEEWAY, requiredClaims: ["exp"] };
      if (!issuer) {
        const { payload } = await jwtVerify(token, secret, { ...options, algorithms: ["HS256"] });
        if (payload.project_id !== PROJECT) throw new Error("another project's");
        return { user: payload.sub };
      }
      if (issuer.audience.length > 0) options.audience = issuer.audience;
      const algorithms = ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"];
      const { payload } = await jwtVerify(token, sets.get(iss), { ...options, issuer: iss, algorithms });
      if ((payload.project_id ?? PROJECT) !== PROJECT) throw new Error("another project's");
      return { user: payload.sub };
    } catch (error) {
      return { refused: `${error.name}: ${error.message}` };
    }
  };
}

// === Portico ===

const code = "export default (req) => new Response(req.headers.get('x-run402-user-id'));";
const spec = {
  functions: { replace: { who: { runtime: "node22", requireAuth: true, source: { data: code } } } },
  routes: { replace: [{ pattern: "/who", target: { type: "function", name: "who" } }] },
};

async function porticoVerdict(node, { token }) {
  const answer = await node.send(PROJECT, { method: "GET", path: "/who", headers: [["authorization", `Bearer ${token}`]], body: null });
  const text = new TextDecoder().decode(answer.body);
  if (answer.status === 200) return { user: text };
  if (answer.status === 401 && JSON.parse(text).code === "R402_AUTH_REQUIRED") return { refused: "401" };
  throw new Error(`${answer.status} ${text}`);
}

// === The comparison ===

const made = await py("make", { project: PROJECT, secret: SECRET });
const issuers = [
  { issuer: ISSUER, audience: AUDIENCE, keys },
  { issuer: made.issuer, audience: [], keys: made.keys },
];
const list = [...(await tokens(random)), ...made.tokens];
const node = await Portico.start(binary, "");
const verdicts = { portico: [], jose: [], PyJWT: [] };
try {
  const settings = { jwt_secret: SECRET, issuers: issuers.map((one) => ({ ...one, keys: { keys: one.keys } })) };
  for (const done of [await node.deploy(PROJECT, spec, {}, {}), await node.authorize(PROJECT, settings)]) {
    if (!done.ok) throw new Error(done.output);
  }
  const jose = joseVerdicts(issuers);
  verdicts.PyJWT = await py("judge", { project: PROJECT, secret: SECRET, issuers, tokens: list.map(({ token }) => token) });
  for (const one of list) {
    verdicts.jose.push(await jose(one));
    const verdict = await porticoVerdict(node, one);
    // What is remembered must be what was found out.
    const again = await porticoVerdict(node, one);
    if (again.user !== verdict.user) throw new Error(`two verdicts on ${one.kind}: ${one.token}`);
    verdicts.portico.push(verdict);
  }
} finally {
  await node.stop();
}

const problems = [];
// Those of one kind are one problem, with one example.
const unexplained = new Map();
const explained = new Map();
let [accepted, agreed] = [0, 0];
const passes = (verdict) => verdict.refused === undefined;
const told = (verdict) => verdict.refused ?? `accepted (${JSON.stringify(verdict.user)})`;

for (const [place, { kind, token }] of list.entries()) {
  const ours = verdicts.portico[place];
  if (passes(ours)) accepted++;
  let alike = true;
  for (const library of ["jose", "PyJWT"]) {
    const theirs = verdicts[library][place];
    if (passes(ours) === passes(theirs)) {
      if (passes(ours) && ours.user !== theirs.user) problems.push(`${kind}: portico says ${told(ours)}, ${library} ${told(theirs)}\n    ${token}`);
      continue;
    }
    alike = false;
    const reason = differences.find((one) => one.library === library && one.accepts === passes(theirs) && one.kinds.includes(kind));
    if (reason) {
      for (const known of [reason, `${differences.indexOf(reason)} ${kind}`]) explained.set(known, (explained.get(known) ?? 0) + 1);
    } else {
      const what = `${library} ${passes(theirs) ? "accepts" : "refuses"} "${kind}"`;
      const known = unexplained.get(what) ?? { count: 0, example: `portico ${told(ours)}, ${library} ${told(theirs)}\n    ${token.slice(0, 600)}` };
      unexplained.set(what, { ...known, count: known.count + 1 });
    }
  }
  if (alike) agreed++;
}

console.log(`${list.length} tokens (seed ${seed}), ${accepted} accepted: on ${agreed} all three agree, the others are explained`);
for (const [place, difference] of differences.entries()) {
  console.log(`  ${`${explained.get(difference) ?? 0}`.padStart(5)}  ${difference.library} ${difference.accepts ? "accepts" : "refuses"}: ${difference.because}`);
  for (const kind of difference.kinds) {
    if (explained.has(`${place} ${kind}`)) continue;
    // PyJWT is the distribution's, and newer ones are stricter; jose is of one exact version.
    if (difference.library === "PyJWT") console.log(`         PyJWT ${made.version} agrees on "${kind}"`);
    else problems.push(`no token needs the reason why ${difference.library} differs on "${kind}"`);
  }
}
for (const [what, { count, example }] of unexplained) problems.push(`${what}, ${count} times: ${example}`);
for (const problem of problems) console.log(`  UNEXPLAINED ${problem}`);
if (problems.length > 0) console.error(`${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
