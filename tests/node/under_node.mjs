// Answers what one file of cases answers under this Node: each file has a process of its own, so that none changes another's.
import { pathToFileURL } from "node:url";
import { collect } from "./collect.mjs";

const module = await import(pathToFileURL(process.argv[2]));
const answers = await collect(async (query) => {
  // As a request comes: from no other code.
  await new Promise((resolve) => setTimeout(resolve));
  return (await module.default(new Request(`http://localhost/${query}`))).json();
});
// As a function that writes to the console does not disturb its answer.
process.stdout.write(`\n${JSON.stringify(answers)}\n`, () => process.exit(0));
