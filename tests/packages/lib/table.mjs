// The result for a person: a line for each bundle when it is done, what was wrong at the end.

// Title, width, and what a row has there. Numbers are at the right.
const COLUMNS = [
  ["case", 14, (row) => row.case],
  ["bundle", 10, (row) => row.bundle],
  ["KB", 5, (row) => Math.ceil(row.bytes / 1024)],
  ["requests", 8, (row) => row.requests],
  ["ms", 6, (row) => row.ms],
  ["result", 8, (row) => (row.problems.length > 0 ? `${row.problems.length} WRONG` : (row.note ?? "same"))],
  ["accepted", 8, (row) => row.accepted.length || ""],
];

const cell = (value, width) => (typeof value === "number" ? String(value).padStart(width) : value.padEnd(width));
const line = (values) => console.log(values.map((value, i) => cell(value, COLUMNS[i][1])).join("  ").trimEnd());

export const printTitles = () => line(COLUMNS.map(([title]) => title));
export const printRow = (row) => line(COLUMNS.map(([, , of]) => of(row)));

// What is shown of a bundle that is wrong, unless more is asked for: the first reasons are the ones to look at.
const PROBLEMS_MAX = 4;
const LINE_MAX = 600;

// Writes what is to be said about the rows; answers whether anything is wrong.
export function printReasons(rows, verbose) {
  for (const row of rows) {
    if (verbose) console.log(`\n${row.case} ${row.bundle}: ${row.command}`);
    for (const line of new Set(row.accepted)) console.log(`\n${row.case} ${row.bundle}: accepted: ${line}`);
    const problems = [...new Set(row.problems)];
    for (const line of verbose ? problems : problems.slice(0, PROBLEMS_MAX)) {
      console.log(`\n${row.case} ${row.bundle}: ${verbose ? line : line.slice(0, LINE_MAX)}`);
    }
    if (!verbose && problems.length > PROBLEMS_MAX) console.log(`\n${row.case} ${row.bundle}: ... (--verbose shows all)`);
  }
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const wrong = rows.filter((row) => row.problems.length > 0).length;
  console.log(`\n${rows.length} bundles, ${requests} requests, ${wrong} bundles wrong`);
  return wrong > 0;
}
