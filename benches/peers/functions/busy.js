// Two routes of one process: a cheap one, and one that computes for some milliseconds. The same for every runtime.
// The work is counted and not timed: in workerd, the clock stands still while a function runs.
const STEPS = 4_000_000;

export function compute() {
  let x = 1;
  for (let step = 0; step < STEPS; step++) x = (Math.imul(x, 1103515245) + 12345) | 0;
  return x;
}

export default {
  fetch: (req) => new Response(new URL(req.url).pathname === "/busy" ? `${compute()}\n` : "cheap\n", { headers: { "content-type": "text/plain" } }),
};
