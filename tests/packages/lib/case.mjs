// One case: its bundles, each deployed and asked. `done` gets the row of each for the table.
//
// A description has
//   bundles    { NAME: { options for esbuild, entry, env, function, brings, node, refused } }:
//              `brings` are packages that go into the release beside the bundle, which leaves them external; `node: false` when
//              nothing under Node can run it; `refused` is a pattern of the error when Portico must not take it
//   services   { VARIABLE: async () => Stub }: started before, their addresses go into the function's environment
//   env        more of the environment: an object, or a function of { VARIABLE: Stub }
//   routes     patterns that lead to the function; default /api and /api/*
//   function   more of the function's part of the release spec
//   prepare    async () => more of the description, for what has to be built first
//   spec       the whole release spec, in which the bundle is `main.js`; `files` are others beside it: { path: bytes }
//   requests   a list, or an async function of { VARIABLE: Stub }, of { title, method, path, headers, body, bundles, status, check,
//              throws (an error of the handler is expected), times (so many at once), only ("portico") }
//   quiet      pattern of header lines in calls to services that say which runtime calls
//   masks      [pattern, replacement] for what is new in each answer
//   accepted   [{ bundle, request, reason }]: differences to Node that are meant to be, with the reason

import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, commandLine } from "./bundle.mjs";
import { differences } from "./compare.mjs";
import { Oracle } from "./oracle.mjs";
import { written as asText } from "./stub.mjs";

const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));

const ROUTES = ["/api", "/api/*"];

// What both sides see of the platform itself.
const PLATFORM_ENV = (name) => ({ RUN402_PROJECT_ID: name, RUN402_FUNCTION_NAME: "main", NODE_ENV: "production" });

export async function runCase(name, written, { folder, node, keep, done }) {
  const description = { ...written, ...(await written.prepare?.()) };
  const services = {};
  for (const [variable, start] of Object.entries(description.services ?? {})) services[variable] = await start();
  const work = await mkdtemp(join(tmpdir(), "portico-case-"));
  try {
    const { env = {}, requests } = description;
    const context = {
      name,
      description,
      folder,
      node,
      services,
      work: keep ?? work,
      env: {
        ...Object.fromEntries(Object.entries(services).map(([variable, stub]) => [variable, stub.url])),
        ...(typeof env === "function" ? env(services) : env),
      },
      requests: typeof requests === "function" ? await requests(services) : requests,
    };
    for (const [title, options] of Object.entries(description.bundles)) {
      done(await runBundle(context, title, options));
    }
  } finally {
    Object.values(services).forEach((stub) => stub.stop());
    await rm(work, { recursive: true, force: true });
  }
}

async function runBundle(context, title, { entry, refused, env = {}, function: more, brings = [], node: underNode = true, ...options }) {
  const { name, folder, node, services, description } = context;
  const row = { case: name, bundle: title, requests: 0, bytes: 0, problems: [], accepted: [], command: "", ms: 0 };
  const began = Date.now();
  const project = `${name}-${title}`;
  const file = entry ?? readdirSync(folder).find((path) => path.startsWith("handler."));
  const all = { ...context.env, ...env };
  let oracle;
  try {
    row.command = commandLine(file, options);
    const code = await bundle(resolve(folder, file), options);
    row.bytes = code.length;
    await mkdir(context.work, { recursive: true });
    const path = join(context.work, `${project}.mjs`);
    await writeFile(path, code);
    if (brings.length > 0) await symlink(MODULES, join(context.work, "node_modules")).catch(() => {});
    if (refused === undefined && underNode) {
      oracle = await Oracle.start(path, { ...PLATFORM_ENV(project), ...all });
    }
    let release = "rel_none";
    if (node) {
      const answer = await deploy(node, project, withPackages({ ...description, function: { ...description.function, ...more } }, brings), code, all);
      if (refused) {
        if (answer.ok) row.problems.push("the node took what it must refuse");
        else if (!refused.test(answer.output)) row.problems.push(`refused for another reason: ${answer.output}`);
        else row.note = "refused, as it must be";
        return row;
      }
      if (!answer.ok) throw new Error(`not deployed: ${answer.output}`);
      release = JSON.parse(answer.output).release_id ?? release;
    }
    if (refused) return row;
    for (const request of context.requests) {
      if (request.bundles && !request.bundles.includes(title)) continue;
      row.requests++;
      const asking = Array.from({ length: request.times ?? 1 }, () => ask(context, project, oracle, release, request));
      const answers = await Promise.all(asking);
      const found = { wrong: answers.flatMap((a) => a.wrong), different: answers.flatMap((a) => a.different) };
      const reason = description.accepted?.find(
        (a) => (a.bundle ?? title) === title && (a.request ?? request.title) === request.title,
      )?.reason;
      const label = `${request.title ?? `${request.method ?? "GET"} ${request.path}`}: `;
      row.problems.push(...found.wrong.map((line) => label + line));
      if (reason === undefined) row.problems.push(...found.different.map((line) => label + line));
      else if (found.different.length > 0) row.accepted.push(`${label}${reason}`);
      else if (node) row.problems.push(`${label}a difference is written down, and there is none`);
    }
  } catch (error) {
    row.problems.push(String(error?.message ?? error));
  } finally {
    oracle?.stop();
    row.ms = Date.now() - began;
  }
  return row;
}

// A function of several files: the bundle and the packages it leaves to the release.
function withPackages(description, names) {
  if (names.length === 0) return description;
  const files = {};
  for (const name of names) {
    for (const path of readdirSync(join(MODULES, name), { recursive: true })) {
      if (/\.js$|^package\.json$/.test(path)) files[`node_modules/${name}/${path}`] = readFileSync(join(MODULES, name, path));
    }
  }
  const paths = ["main.js", ...Object.keys(files)];
  return {
    ...description,
    files: { ...description.files, ...files },
    function: {
      ...description.function, source: undefined, entrypoint: "main.js", files: Object.fromEntries(paths.map((path) => [path, { path }])),
    },
  };
}

function deploy(node, project, description, code, env) {
  const target = { type: "function", name: "main" };
  const spec = description.spec ?? {
    functions: { replace: { main: { runtime: "node22", source: { path: "main.js" }, ...description.function } } },
    routes: { replace: (description.routes ?? ROUTES).map((pattern) => ({ pattern, target })) },
  };
  return node.deploy(project, spec, env, { ...description.files, "main.js": code });
}

// One request to both, in the same words. Answers what is wrong and what is different.
async function ask(context, project, oracle, release, request) {
  const { node, services } = context;
  const method = request.method ?? "GET";
  const body = typeof request.body === "string" ? Buffer.from(request.body) : (request.body ?? null);
  const asked = { method, path: request.path, headers: Object.entries(request.headers ?? {}), body };
  const taken = () => Object.values(services).flatMap((stub) => stub.taken());
  const wrong = [];
  taken();
  const ours = node && (await node.send(project, asked));
  const ourCalls = taken();
  const id = ours?.headers.find(([name]) => name === "x-run402-request-id")?.[1] ?? "req_0000000000000000";
  if (request.only === "portico") {
    return { wrong: ours ? expectations(request, ours, ourCalls).map((line) => `Portico ${line}`) : [], different: [] };
  }
  const theirs = await oracle.send(inward(project, asked, id, release), {
    requestId: id, releaseId: release, locale: null, defaultLocale: null,
  });
  const theirCalls = taken();
  if (method === "HEAD" && theirs.body) theirs.body = new Uint8Array();
  if (request.throws) {
    if (theirs.error === undefined) wrong.push(`Node answers ${theirs.status} where an error was expected`);
    if (ours && ours.status !== 500) wrong.push(`Portico answers ${ours.status} where an error was expected`);
    return { wrong, different: [] };
  }
  if (theirs.error !== undefined) {
    wrong.push(`Node: ${theirs.error}`);
    return { wrong, different: ours ? [`Portico ${ours.status} ${Buffer.from(ours.body)}`] : [] };
  }
  for (const [who, answer, calls] of [["Portico", ours, ourCalls], ["Node", theirs, theirCalls]]) {
    if (!answer) continue;
    for (const line of expectations(request, answer, calls)) wrong.push(`${who} ${line}`);
  }
  // Requests that were under way together cannot be told apart by their calls, and have ids of their own.
  if (request.times) return { wrong, different: [] };
  const different = ours ? differences(ours, theirs, context.description.masks) : [];
  const [a, b] = [ourCalls, theirCalls].map((calls) => calls.map((call) => asText(call, context.description.quiet)));
  if (ours && (a.length !== b.length || a.some((call, i) => call !== b[i]))) {
    const at = Math.max(0, a.findIndex((call, i) => call !== b[i]));
    different.push(`calls: Portico ${JSON.stringify(a[at])}, Node ${JSON.stringify(b[at])}`);
  }
  return { wrong, different };
}

// The request as the node hands it to a function: where it came from, and what the platform says of it.
function inward(project, { method, path, headers, body }, id, release) {
  const host = `${project}.test`;
  const length = body !== null || ["POST", "PUT", "PATCH"].includes(method);
  const fields = [
    ["host", host],
    ...headers,
    ...(length ? [["content-length", String(body?.length ?? 0)]] : []),
    ["x-forwarded-for", "127.0.0.1"],
    ["x-forwarded-proto", "http"],
    ["x-forwarded-host", host],
    ["x-run402-request-id", id],
    ["x-run402-project-id", project],
    ["x-run402-release-id", release],
    ["x-run402-host", host],
  ];
  return { method, url: `http://${host}${path}`, headers: fields, body };
}

function expectations(request, answer, calls) {
  const text = Buffer.from(answer.body).toString();
  const wrong = [];
  if (answer.status !== (request.status ?? 200)) wrong.push(`answers ${answer.status}: ${text.slice(0, 400)}`);
  try {
    const headers = new Headers(answer.headers);
    request.check?.({ status: answer.status, headers, text, bytes: answer.body, json: () => JSON.parse(text) }, calls);
  } catch (error) {
    wrong.push(`check: ${error.message}; the answer: ${text.slice(0, 400)}`);
  }
  return wrong;
}
