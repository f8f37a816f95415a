// The platform's own library, both versions that exist and unmodified, as functions of Portico: who is signed in, and whose envelopes it
// believes.
//
//   PORTICO_BIN=target/debug/portico PORTICO_ACTOR_VECTORS=FILE node tests/actor/run.mjs
//
// FILE is what `auth::actor::tests::vectors_for_the_library` has written: an envelope of Portico's that must be believed, and for each of
// the library's thirteen reasons some that must not. They are judged within functions.

import assert from "node:assert/strict";
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, stop as stopBundler } from "../packages/lib/bundle.mjs";
import { Portico } from "../packages/lib/portico.mjs";
import { Stub } from "../packages/lib/stub.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../packages/node_modules/", import.meta.url));
const SECRET = "a shared secret of the older version of the library";

const { PORTICO_BIN: binary, PORTICO_ACTOR_VECTORS: file } = process.env;
if (!binary || !file || !existsSync(file)) {
  console.error("PORTICO_BIN names the portico program to test, PORTICO_ACTOR_VECTORS the envelopes; scripts/test has both");
  process.exit(2);
}
const vectors = JSON.parse(readFileSync(file, "utf8"));

const VERSIONS = { 3: "run402-functions-3", 4: "@run402/functions" };
for (const [version, folder] of Object.entries(VERSIONS)) {
  assert.match(JSON.parse(readFileSync(join(PACKAGES, folder, "package.json"), "utf8")).version, new RegExp(`^${version}\\.`));
}

let checks = 0;
const problems = [];
async function check(name, test) {
  checks++;
  try {
    await test();
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
}

// ----- Functions with the library

// Within the bundle, which exports its entry points.
async function bundled(version) {
  const work = await mkdtemp(join(HERE, ".bundle-"));
  try {
    await symlink(PACKAGES, join(work, "node_modules"));
    const alias = { "@run402/functions": join(PACKAGES, VERSIONS[version]) };
    return { "main.js": Buffer.from(await bundle(join(HERE, "handler.js"), { platform: "node", alias })) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

// Beside the handler, as a package manager lays it out.
function brought(version) {
  const folder = join(PACKAGES, VERSIONS[version]);
  const files = { "main.js": readFileSync(join(HERE, "handler.js")) };
  for (const path of readdirSync(folder, { recursive: true })) {
    if (/\.js$|^package\.json$/.test(path)) files[`node_modules/@run402/functions/${path}`] = readFileSync(join(folder, path));
  }
  return files;
}

const requireRole = { table: "members", idColumn: "user_id", roleColumn: "role", allowed: ["editor"], cacheTtl: 60 };

async function deploy(node, project, files) {
  const main = { runtime: "node22", entrypoint: "main.js", files: Object.fromEntries(Object.keys(files).map((path) => [path, { path }])) };
  const route = (pattern, name) => ({ pattern, target: { type: "function", name } });
  const spec = {
    functions: { replace: { open: main, gated: { ...main, requireAuth: true }, staff: { ...main, requireRole } } },
    routes: { replace: ["open", "gated", "staff"].map((name) => route(`/${name}/*`, name)) },
  };
  assert.ok((await node.authorize(project, { jwt_secret: SECRET, roles: { zoe: "editor", max: "reader" } })).ok);
  const applied = await node.deploy(project, spec, {}, files);
  assert.ok(applied.ok, applied.output);
}

// A function that is asked by somebody with those headers.
const asking = (node, project) => async (path, headers = {}, body = null) => {
  const bytes = body === null ? null : Buffer.from(JSON.stringify(body));
  const answer = await node.send(project, { method: bytes ? "POST" : "GET", path, headers: Object.entries(headers), body: bytes });
  const text = Buffer.from(answer.body).toString();
  return { status: answer.status, headers: new Headers(answer.headers), json: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
};

async function json(node, args) {
  const { ok, output } = await node.cli(args);
  assert.ok(ok, output);
  return JSON.parse(output);
}

// ----- What must be true of each

async function identity(node, project, version) {
  const ask = asking(node, project);
  const of = ["--project", project];
  const begin = (user) => json(node, ["sessions", "create", ...of, "--user", user, "--email", `${user}@example.com`]);
  const [zoe, max] = [await begin("zoe"), await begin("max")];
  const as = ({ cookie }, more) => ({ cookie, ...more });

  await check(`${project}: nobody is signed in`, async () => {
    const { json } = await ask("/open/who");
    assert.deepEqual([json.user, json.role, json.context.projectId, json.context.kind], [null, null, project, "routed_http"]);
    assert.equal((await ask("/gated/who")).status, 401);
  });
  await check(`${project}: a session is its user, with and without a gate`, async () => {
    for (const path of ["/open/who", "/gated/who"]) {
      const { json, headers } = await ask(path, as(zoe));
      assert.deepEqual([json.user.id, json.user.email, json.user.projectId], ["zoe", "zoe@example.com", project]);
      assert.equal(json.user.sessionId, zoe.session.id);
      assert.equal(json.headers.user, path === "/gated/who" ? "zoe" : null);
      assert.equal(json.context.requestId, headers.get("x-run402-request-id"));
      assert.equal(headers.get("cache-control"), "private, no-store");
    }
    assert.equal((await ask("/open/who", as(max))).json.user.id, "max");
  });
  await check(`${project}: a role gate tells the role`, async () => {
    const { json } = await ask("/staff/who", as(zoe));
    assert.deepEqual([json.user.id, json.role, json.headers.user, json.headers.role], ["zoe", "editor", "zoe", "editor"]);
    assert.equal((await ask("/staff/editor", as(zoe))).json.id, "zoe");
    const refused = await ask("/staff/who", as(max));
    assert.deepEqual([refused.status, refused.json.code], [403, "ROLE_FORBIDDEN"]);
    // Without a role gate there is no role to require, whoever asks.
    const missing = await ask("/gated/editor", as(zoe));
    assert.deepEqual([missing.status, missing.json.code], [500, "R402_AUTH_ROLE_GATE_NOT_CONFIGURED"]);
  });
  await check(`${project}: a call by name has the user of its token`, async () => {
    const { key } = await json(node, ["keys", "create", ...of, "--kind", "anon"]);
    const algorithm = version === "4" ? [] : ["--hs256"];
    const { token } = await json(node, ["token", ...of, "--user", "zoe", "--email", "zoe@example.com", ...algorithm]);
    const direct = async (name, headers) => {
      const answer = await fetch(`${node.api}/functions/v1/${name}/who`, { headers: { apikey: key, ...headers } });
      return { status: answer.status, json: await answer.json() };
    };
    const { json: told } = await direct("gated", { authorization: `Bearer ${token}` });
    assert.deepEqual([told.user?.id, told.user?.email, told.context.kind, told.headers.user], ["zoe", "zoe@example.com", "direct", "zoe"]);
    assert.equal((await direct("open", {})).json.user, null);
    assert.equal((await direct("open", { authorization: `Bearer ${token.slice(0, -4)}AAAA` })).json.user ?? null, null);
    assert.equal((await direct("gated", {})).status, 401);
    assert.equal((await direct("open", { cookie: zoe.cookie, "x-run402-actor-context": vectors.good })).json.user, null);
  });
  await check(`${project}: what a client says of itself in the platform's name counts for nothing`, async () => {
    const forged = { "x-run402-user-id": "eve", "x-run402-user-role": "admin", "x-run402-actor-context": vectors.good, "X-Run402-Actor-Token": "t" };
    const { json } = await ask("/open/who", forged);
    assert.deepEqual([json.user, json.role, ...Object.values(json.headers)], [null, null, null, null, null, null]);
    assert.equal((await ask("/open/who", as(zoe, forged))).json.user.id, "zoe");
    // An envelope that the node did make, for another request and another client.
    const { envelope, token } = (await ask("/open/who", as(zoe))).json.headers;
    const replayed = await ask("/open/who", { "x-run402-actor-context": envelope, "x-run402-actor-token": token });
    assert.deepEqual([replayed.json.user, replayed.json.headers.envelope], [null, null]);
  });
  await check(`${project}: a page's CSRF token is the session's`, async () => {
    const token = async (session) => (await ask("/open/csrf", as(session))).json;
    const first = await token(zoe);
    const expected = createHash("sha256").update(`${zoe.session.id}:${first.authTime}:csrf`).digest("hex").slice(0, 32);
    assert.deepEqual([first.token, (await token(zoe)).token], [expected, expected]);
    assert.notEqual((await token(max)).token, expected);
  });
  await check(`${project}: what the library throws is answered`, async () => {
    const { status, json } = await ask("/open/required");
    assert.deepEqual([status, json.code], [401, "R402_AUTH_REQUIRED"]);
    assert.equal((await ask("/open/required", as(zoe))).json.id, "zoe");
  });
  await check(`${project}: a token opens the gate and makes no actor of a routed request`, async () => {
    const { token } = await json(node, ["token", ...of, "--user", "zoe"]);
    const { json: told } = await ask("/gated/who", { authorization: `Bearer ${token}` });
    assert.deepEqual([told.headers.user, told.user], ["zoe", null]);
  });
  await check(`${project}: the actor token is a token of the node's`, async () => {
    const { token } = (await ask("/open/who", as(zoe))).json.headers;
    const { keys } = await json(node, ["auth", "show", ...of]);
    const claims = verified(token, keys);
    assert.deepEqual([claims.sub, claims.role, claims.project_id, claims.session_id], ["zoe", "authenticated", project, zoe.session.id]);
    assert.ok(claims.exp - claims.iat === 60 && claims.exp > Date.now() / 1000);
    // It is good where a token is asked for, also at this node.
    assert.equal((await ask("/gated/who", { authorization: `Bearer ${token}` })).json.headers.user, "zoe");
  });
  await check(`${project}: an ended session is nobody`, async () => {
    await json(node, ["sessions", "revoke", max.session.id, ...of]);
    assert.equal((await ask("/open/who", as(max))).json.user, null);
    assert.equal((await ask("/gated/who", as(max))).status, 401);
  });
  await check(`${project}: a rotation changes nothing for who is signed in`, async () => {
    for (let i = 0; i < 2; i++) await json(node, ["auth", "rotate", ...of]);
    assert.equal((await ask("/gated/who", as(zoe))).json.user.sessionId, zoe.session.id);
  });

  const judge = async (envelope) => (await ask("/open/judge", {}, { ...vectors, envelope })).json;
  await check(`${project}: an envelope of ours is believed`, async () => {
    const { user, said } = await judge(vectors.good);
    assert.deepEqual([user?.id, user?.email, said], ["user_1", "zoë@example.com", []]);
  });
  for (const [i, { reason, envelope }] of vectors.broken.entries()) {
    await check(`${project}: broken envelope ${i}, ${reason}`, async () => {
      const { user, said } = await judge(envelope);
      assert.deepEqual([user, said.map((line) => [line.event, line.reason])], [null, [["R402_AUTH_ACTOR_HEADER_SPOOF", reason]]]);
    });
  }
}

// The claims of an ES256 token, verified by one of those public keys.
function verified(token, keys) {
  const [header, claims, signature] = token.split(".");
  const { alg, kid } = JSON.parse(Buffer.from(header, "base64url"));
  assert.equal(alg, "ES256");
  const key = createPublicKey({ key: keys.find((key) => key.kid === kid), format: "jwk" });
  const good = verify("sha256", Buffer.from(`${header}.${claims}`), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  assert.ok(good, "the signature of the token");
  return JSON.parse(Buffer.from(claims, "base64url"));
}

// db() calls on the user's behalf: version 4 with the node's actor token, version 3 with one that it signs itself.
async function database(node, gateway, project, version) {
  const ask = asking(node, project);
  const session = await json(node, ["sessions", "create", "--project", project, "--user", "zoe"]);
  await check(`${project}: db() calls for the user`, async () => {
    gateway.taken();
    const { json: rows } = await ask("/open/items", { cookie: session.cookie });
    assert.deepEqual(rows, [{ id: 1 }]);
    const [call] = gateway.taken().filter(({ path }) => path.startsWith("/rest/"));
    const token = call.headers.authorization.replace(/^Bearer /, "");
    if (version === "4") {
      const { keys } = await json(node, ["auth", "show", "--project", project]);
      assert.equal(verified(token, keys).sub, "zoe");
    } else {
      const [header, claims, signature] = token.split(".");
      assert.equal(createHmac("sha256", SECRET).update(`${header}.${claims}`).digest("base64url"), signature);
      assert.equal(JSON.parse(Buffer.from(claims, "base64url")).session_id, session.session.id);
    }
  });
  await check(`${project}: db() calls for nobody`, async () => {
    await ask("/open/items");
    const [call] = gateway.taken().filter(({ path }) => path.startsWith("/rest/"));
    assert.equal(call.headers.authorization, undefined);
  });
}

// ----- The run

const gateway = await Stub.start(({ path }) => (path.startsWith("/rest/v1/") ? { body: [{ id: 1 }] } : undefined));
const quiet = "[log]\naccess = false\n";
const node = await Portico.start(binary, quiet);
const behind = await Portico.start(binary, `[functions]\napi_base = "${gateway.url}"\negress_allow = ["127.0.0.0/8"]\n${quiet}`);
try {
  for (const version of Object.keys(VERSIONS)) {
    for (const [way, files] of [["brought", brought(version)], ["bundled", await bundled(version)]]) {
      const project = `${way}-${version}`;
      await deploy(node, project, files);
      await identity(node, project, version);
      await deploy(behind, project, files);
      await database(behind, gateway, project, version);
    }
  }
  if (problems.length > 0) console.error(node.log().split("\n").slice(-30).join("\n"));
} finally {
  await node.stop();
  await behind.stop();
  gateway.stop();
  stopBundler();
}
console.log(`${checks} checks of the platform's library in functions, ${problems.length} problems`);
for (const problem of problems.slice(0, 30)) console.log(`  ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
