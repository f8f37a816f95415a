// Runs tests on a node: each becomes a function, a release holds many, and a node that dies is started again.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Node } from "./node.mjs";
import { wptRoot } from "./suites.mjs";

const shim = readFileSync(new URL("shim.js", import.meta.url), "utf8");

// A release has at most 100 routes, and is applied as one call of at most 64 MiB.
const RELEASE_TESTS_MAX = 90;
const RELEASE_BYTES_MAX = 40 * 1024 * 1024;

const TEST_MS_MAX = 15_000;
const LONG_TEST_MS_MAX = 200_000;
// What a node needs beyond that until the answer is there.
const ANSWER_MS_MAX = 15_000;

// Limits are not what is tested here.
const CONFIG = { memoryMb: 512, cpuMs: 120_000, allowEval: true, timers: 100_000, kdfIterations: 1_000_000, logKb: 1024 };

// Runs tests and calls `report(test, result)` for each: `{ status, message, subtests: [[name, status, message]] }`.
export async function execute(tests, { binary, concurrency, report }) {
  const harness = JSON.stringify(readFileSync(join(wptRoot(), "resources", "testharness.js"), "utf8"));
  const functions = tests.map((test, index) => toFunction(test, `t${index}`, harness));
  const node = new Node(binary);
  try {
    await node.start();
    for (const batch of batches(functions)) {
      await node.apply(batch);
      await runBatch(node, batch, concurrency, report);
    }
  } finally {
    await node.stop();
    node.remove();
  }
}

function toFunction(test, name, harness) {
  const code = test.scripts.map((script) => script.code).join("\n");
  const timeoutMs = test.long ? LONG_TEST_MS_MAX : TEST_MS_MAX;
  const { path, title, variant, resources } = test;
  const data = JSON.stringify({ path, title, variant, resources, code, timeoutMs });
  const seconds = (timeoutMs + ANSWER_MS_MAX) / 1000;
  const config = { ...CONFIG, timeoutSeconds: seconds };
  return { test, name, seconds, config, files: { "index.js": shim, "harness.json": harness, "test.json": data } };
}

function* batches(functions) {
  let batch = [];
  let bytes = 0;
  for (const item of functions) {
    const size = Object.values(item.files).reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)), 0);
    if (batch.length === RELEASE_TESTS_MAX || bytes + size > RELEASE_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

// A node that dies takes the answers of every test under way with it: these are run again one by one, and one that
// kills the node again is the one to name.
async function runBatch(node, batch, concurrency, report) {
  const waiting = [...batch];
  while (waiting.length > 0) {
    const unanswered = [];
    const worker = async () => {
      while (waiting.length > 0 && node.running) {
        const item = waiting.shift();
        const result = await ask(node, item);
        if (result === undefined) unanswered.push(item);
        else report(item.test, result);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    for (const item of unanswered) {
      if (!node.running) await node.start();
      const result = await ask(node, item);
      const crash = () => ({ status: "CRASH", message: `the node ended: ${node.obituary}`, subtests: [] });
      report(item.test, result ?? crash());
    }
    if (!node.running) await node.start();
  }
}

// A test's result, or nothing when the node has died.
async function ask(node, { name, seconds }) {
  const start = Date.now();
  try {
    const { status, body } = await node.get(`/${name}`, seconds * 1000 + ANSWER_MS_MAX);
    if (status === 200) return { ...JSON.parse(body), ms: Date.now() - start };
    return { status: "ERROR", message: `HTTP ${status} ${body.slice(0, 300)}`, subtests: [] };
  } catch (error) {
    // The exit of the process may become known just after the end of its connections.
    for (let i = 0; i < 100 && node.running; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!node.running) return undefined;
    return { status: "TIMEOUT", message: error.message, subtests: [] };
  }
}
