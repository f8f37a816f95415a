// The result for a person: a line for each bundle, what was wrong below.

const COLUMNS = [
  ["case", (row) => row.case],
  ["bundle", (row) => row.bundle],
  ["KB", (row) => String(Math.ceil(row.bytes / 1024)), true],
  ["requests", (row) => String(row.requests), true],
  ["ms", (row) => String(row.ms), true],
  ["result", (row) => (row.problems.length > 0 ? `${row.problems.length} WRONG` : (row.note ?? "same"))],
  ["accepted", (row) => (row.accepted.length > 0 ? String(row.accepted.length) : ""), true],
];

// What is shown of a bundle that is wrong, unless more is asked for: the first reasons are the ones to look at.
const PROBLEMS_MAX = 4;
const LINE_MAX = 600;

// Writes the table; answers whether anything is wrong.
export function print(rows, verbose) {
  const table = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, of]) => of(row)))];
  const widths = COLUMNS.map((_, i) => Math.max(...table.map((line) => line[i].length)));
  for (const line of table) {
    const cells = line.map((text, i) => (COLUMNS[i][2] ? text.padStart(widths[i]) : text.padEnd(widths[i])));
    console.log(cells.join("  ").trimEnd());
  }
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
