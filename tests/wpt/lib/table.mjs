// The table of pass rates.

import { readFileSync, writeFileSync } from "node:fs";

const BEGIN = "<!-- wpt: written by tests/wpt/run.mjs --readme -->";
const END = "<!-- wpt: end -->";

export function count(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  return { files: sum("files"), skipped: sum("skipped"), subtests: sum("subtests"), passed: sum("passed") };
}

function rate({ passed, subtests }) {
  // Rounded down: 100 % means all.
  return subtests === 0 ? "-" : `${(Math.floor((passed / subtests) * 1000) / 10).toFixed(1)} %`;
}

export function table(rows) {
  const cells = (name, row) => [name, row.files, row.skipped, row.subtests, row.passed, row.subtests - row.passed, rate(row)];
  const lines = [
    ["suite", "files", "not run", "subtests", "passed", "failed", "rate"],
    ...rows.map((row) => cells(row.suite, row)),
    cells("all", count(rows)),
  ].map((line) => line.map(String));
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  const format = (line) => `| ${line.map(pad).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [format(lines[0]), rule, ...lines.slice(1).map(format)].join("\n");
}

// Puts the table between its markers in a file that has them.
export function writeTable(file, rows) {
  const text = readFileSync(file, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no lines "${BEGIN}" and "${END}"`);
  writeFileSync(file, `${text.slice(0, begin + BEGIN.length)}\n\n${table(rows)}\n\n${text.slice(end)}`);
}
