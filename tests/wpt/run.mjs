#!/usr/bin/env node
// Runs the Web Platform Tests inside functions of a Portico node and compares with what is expected of them.
//
//   PORTICO_BIN=target/debug/portico tests/wpt/run.mjs [OPTION...] [SUITE | SUITE/PATH...]

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execute } from "./lib/execute.mjs";
import { describe, differences, named, readExpectations, skipReason, unexplained, writeExpectations } from "./lib/expectations.mjs";
import { findTests } from "./lib/find.mjs";
import { repository, suites } from "./lib/suites.mjs";
import { table, writeTable } from "./lib/table.mjs";

const USAGE = `usage: PORTICO_BIN=PATH tests/wpt/run.mjs [OPTION...] [SUITE | SUITE/PATH...]

  --update          write what came as what is expected; a new failure's reason is "?", which must be replaced
  --readme FILE     write the table between its markers in FILE
  --results FILE    write every result as JSON
  --concurrency N   tests at a time (4)
  --list            only say what would be run
  --all             run also what is expected to be skipped`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: "boolean" },
    readme: { type: "string" },
    results: { type: "string" },
    concurrency: { type: "string", default: "4" },
    list: { type: "boolean" },
    all: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});

// What is shown of one file: the rest would only be the same again.
const DIFFERENCES_SHOWN_MAX = 10;

if (options.help) {
  console.log(USAGE);
} else {
  process.exitCode = await main().catch((error) => {
    console.error(`error: ${error.message}`);
    return 2;
  });
}

async function main() {
  const chosen = choose();
  const expectations = new Map(chosen.map(({ suite }) => [suite.name, readExpectations(suite)]));
  const groupsOf = (test) => expectations.get(test.suite)[test.id];
  const all = chosen.flatMap(({ tests }) => tests);
  const run = all.filter((test) => options.all || skipReason(groupsOf(test)) === undefined);
  if (options.list) {
    for (const test of run) console.log(`${test.suite}/${test.id}`);
    return 0;
  }
  const start = Date.now();
  const results = await runTests(run, groupsOf);
  if (options.results) writeFileSync(options.results, JSON.stringify(Object.fromEntries(results), null, 1));

  if (options.update) {
    for (const { suite, tests, whole } of chosen) update(suite, tests, whole, expectations.get(suite.name), results);
  }
  const wrong = options.update ? 0 : report(run, results, groupsOf);
  const rows = chosen.map(({ suite, tests }) => row(suite, tests, results, expectations.get(suite.name)));
  console.log(`\n${table(rows)}\n`);
  if (options.readme) writeTable(options.readme, rows);
  const open = [...expectations].flatMap(([suite, of]) => unexplained(of).map((id) => `${suite}/${id}`));
  for (const id of open) console.log(`no reason is given for what fails in ${id}`);
  console.log(`${run.length} files in ${Math.round((Date.now() - start) / 1000)} s, ${wrong} with surprises`);
  return wrong + open.length > 0 ? 1 : 0;
}

// The suites and tests that the arguments name; all of them when there are none.
function choose() {
  const names = positionals.map((name) => name.replace(/\/$/, ""));
  const chosen = [];
  for (const suite of suites) {
    const mine = names.filter((name) => name === suite.name || name.startsWith(`${suite.name}/`));
    if (names.length > 0 && mine.length === 0) continue;
    const whole = names.length === 0 || mine.includes(suite.name);
    const wanted = (test) => whole || mine.some((name) => `${suite.name}/${test.id}`.startsWith(name));
    chosen.push({ suite, whole, tests: findTests(suite).filter(wanted) });
  }
  if (chosen.length === 0) throw new Error(`no such suite; there are ${suites.map((suite) => suite.name).join(", ")}`);
  return chosen;
}

// Runs tests; those that surprise are run once more alone, because on a busy machine a timer may come late.
async function runTests(tests, groupsOf) {
  const binary = process.env.PORTICO_BIN || join(repository, "target", "debug", "portico");
  const results = new Map();
  const note = (test, result) => results.set(`${test.suite}/${test.id}`, result);
  const progress = (test, result) => {
    note(test, result);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${results.size}/${tests.length} ${test.suite}/${test.id}`);
  };
  await execute(tests, { binary, concurrency: Number(options.concurrency), report: progress });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const surprising = tests.filter((test) => differences(results.get(`${test.suite}/${test.id}`), groupsOf(test)).length > 0);
  if (surprising.length > 0 && !options.update) {
    await execute(surprising, { binary, concurrency: 1, report: note });
  }
  return results;
}

function report(tests, results, groupsOf) {
  let wrong = 0;
  for (const test of tests) {
    const found = differences(results.get(`${test.suite}/${test.id}`), groupsOf(test));
    if (found.length === 0) continue;
    wrong += 1;
    console.log(`\n${test.suite}/${test.id}`);
    for (const { name, expected, status, message } of found.slice(0, DIFFERENCES_SHOWN_MAX)) {
      console.log(`  ${status} instead of ${expected}: ${name}${message ? `\n      ${message.replaceAll("\n", "\n      ")}` : ""}`);
    }
    if (found.length > DIFFERENCES_SHOWN_MAX) console.log(`  and ${found.length - DIFFERENCES_SHOWN_MAX} more`);
  }
  return wrong;
}

function update(suite, tests, whole, expectations, results) {
  const ids = new Set(tests.map((test) => test.id));
  for (const test of tests) {
    const result = results.get(`${suite.name}/${test.id}`);
    if (result === undefined) continue;
    const groups = describe(result, expectations[test.id]);
    if (groups.length > 0) expectations[test.id] = groups;
    else delete expectations[test.id];
  }
  // Files that are no longer there.
  for (const id of Object.keys(expectations)) {
    if (whole && !ids.has(id)) delete expectations[id];
  }
  writeExpectations(suite, expectations);
}

function row(suite, tests, results, expectations) {
  const done = tests.filter((test) => results.has(`${suite.name}/${test.id}`));
  const statuses = done.flatMap((test) => [...named(results.get(`${suite.name}/${test.id}`)).values()]);
  return {
    suite: suite.name,
    files: new Set(done.map((test) => test.file)).size,
    skipped: new Set(tests.filter((test) => skipReason(expectations[test.id])).map((test) => test.file)).size,
    subtests: statuses.length,
    passed: statuses.filter(({ status }) => status === "PASS").length,
  };
}
