// What of two answers must be equal, and where they are not.

// Fields that the node adds to every answer of a function or decides about itself.
const OF_THE_NODE = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding", "x-run402-request-id"]);

// What the node says when the function says nothing about caches (reference 2.4).
const DEFAULT_CACHE = [["cache-control", "private, no-store"], ["x-run402-cache", "dynamic-bypass"]];

function fields(headers, ours) {
  let list = headers.filter(([name]) => !OF_THE_NODE.has(name));
  if (ours && list.some(([name, value]) => name === "x-run402-cache" && value === "dynamic-bypass")) {
    list = list.filter(([name, value]) => !DEFAULT_CACHE.some(([n, v]) => n === name && v === value));
  }
  // The order of different fields has no meaning; that of equal ones has, and the sort keeps it.
  list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return list.map(([name, value]) => `${name}: ${value}`);
}

const masked = (text, masks) => masks.reduce((t, [pattern, by]) => t.replace(pattern, by), text);

function firstDifference(a, b) {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 40);
  const show = (text) => JSON.stringify(text.slice(from, at + 100));
  return `at ${at}: Portico ${show(a)}, Node ${show(b)}`;
}

// Differences of two answers as lines of text: none when they are the same. `masks` are [pattern, replacement] for
// what is new each time.
export function differences(ours, node, masks = []) {
  const found = [];
  if (ours.status !== node.status) found.push(`status: Portico ${ours.status}, Node ${node.status}`);
  const [a, b] = [fields(ours.headers, true), fields(node.headers, false)].map((l) => masked(l.join("\n"), masks));
  if (a !== b) found.push(`headers ${firstDifference(a, b)}`);
  const [x, y] = [ours.body, node.body].map((bytes) => masked(Buffer.from(bytes).toString("latin1"), masks));
  if (x !== y) found.push(`body ${firstDifference(x, y)}`);
  return found;
}
