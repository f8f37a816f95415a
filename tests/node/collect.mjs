// How many requests are under way at once in the test of interleaving.
const INTERLEAVED = 40;

// The answers of the cases of a file, and those of many requests that run at the same time. `ask(query)` makes a request.
export async function collect(ask) {
  const answers = await ask("");
  if ("requests run interleaved" in answers) {
    answers["requests run interleaved"] = await Promise.all(Array.from({ length: INTERLEAVED }, (_, i) => ask(`?interleave=${i}`)));
  }
  return answers;
}
