// What is known to fail, and why. One file per suite:
//
//   { "FILE?VARIANT": [ { "status": "FAIL", "reason": "...", "subtests": ["...", ...] }, ... ] }
//
// `subtests` is a list of names, or "all". A group without it is about the file as a whole: SKIP means it is not run; ERROR, TIMEOUT
// or CRASH is how it ends. What is not named passes.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expectationsFile } from "./suites.mjs";

const UNKNOWN = "?";

export function readExpectations(suite) {
  const file = expectationsFile(suite);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

export function writeExpectations(suite, expectations) {
  const file = expectationsFile(suite);
  if (Object.keys(expectations).length === 0 && !existsSync(file)) return;
  const sorted = Object.fromEntries(Object.entries(expectations).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 1)}\n`);
}

export function skipReason(groups = []) {
  return groups.find((group) => group.status === "SKIP")?.reason;
}

// Reasons that nobody has written yet.
export function unexplained(expectations) {
  return Object.entries(expectations)
    .filter(([, groups]) => groups.some((group) => !group.reason || group.reason === UNKNOWN))
    .map(([id]) => id);
}

// A result's subtests by name; a name that comes again gets a number.
export function named(result) {
  const all = new Map();
  for (const [name, status, message] of result.subtests) {
    let unique = name;
    for (let n = 2; all.has(unique); n++) unique = `${name} (${n})`;
    all.set(unique, { status, message });
  }
  return all;
}

function expectedOf(groups) {
  const byName = new Map();
  let all;
  let whole = "OK";
  for (const { status, subtests } of groups) {
    if (subtests === undefined) whole = status;
    else if (subtests === "all") all = status;
    else for (const name of subtests) byName.set(name, status);
  }
  return { byName, whole, of: (name) => byName.get(name) ?? all ?? "PASS" };
}

// The differences between what came and what was expected, as `{ name, expected, status, message }`.
export function differences(result, groups = []) {
  const expected = expectedOf(groups);
  const found = [];
  if (result.status !== expected.whole) {
    found.push({ name: "(the file)", expected: expected.whole, status: result.status, message: result.message });
  }
  const subtests = named(result);
  for (const [name, { status, message }] of subtests) {
    if (status !== expected.of(name)) found.push({ name, expected: expected.of(name), status, message });
  }
  for (const [name, status] of expected.byName) {
    if (!subtests.has(name)) found.push({ name, expected: status, status: "GONE", message: "" });
  }
  return found;
}

// The groups that describe a result; reasons are kept where the status is.
export function describe(result, old = []) {
  const reasons = new Map();
  let general;
  for (const { status, reason, subtests } of old) {
    if (subtests === "all") general = { status, reason };
    else for (const name of subtests ?? [""]) reasons.set(`${status} ${name}`, reason);
  }
  const failing = [...named(result)].filter(([, { status }]) => status !== "PASS");
  const uniform = general && failing.length === result.subtests.length && failing.every(([, f]) => f.status === general.status);
  const groups = new Map();
  const note = (status, name) => {
    const reason = reasons.get(`${status} ${name}`) ?? (general?.status === status ? general.reason : UNKNOWN);
    const key = `${status} ${reason}`;
    if (!groups.has(key)) groups.set(key, { status, reason, ...(name === "" ? {} : { subtests: [] }) });
    groups.get(key).subtests?.push(name);
  };
  const described = [];
  if (result.status !== "OK") described.push({ status: result.status, reason: reasons.get(`${result.status} `) ?? UNKNOWN });
  if (uniform) return [...described, { ...general, subtests: "all" }];
  for (const [name, { status }] of failing) note(status, name);
  return [...described, ...groups.values()];
}
