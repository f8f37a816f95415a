// The function that one test becomes: gives the test harness the worker it expects, runs the scripts as classic scripts would
// run, and answers with the results.

import harness from "./harness.json" with { type: "json" };
import test from "./test.json" with { type: "json" };

const { setTimeout, reportError, Response, TypeError, URL } = globalThis;
const define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

// The harness asks which kind of global it is in; ours is nearest to a dedicated worker's.
class WorkerGlobalScope {
  static [Symbol.hasInstance](value) {
    return value === globalThis;
  }
}
class DedicatedWorkerGlobalScope extends WorkerGlobalScope {}

function makeWorker() {
  define("WorkerGlobalScope", WorkerGlobalScope);
  define("DedicatedWorkerGlobalScope", DedicatedWorkerGlobalScope);
  define("GLOBAL", { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false });
  define("postMessage", () => {});
  define("location", new URL(test.variant, `https://web-platform.test:8443${test.path}`));
  define("META_TITLE", test.title);
  define("importScripts", (...names) => {
    for (const name of names) {
      if (name in test.resources) run(test.resources[name], name);
    }
  });
  const names = Object.keys(test.resources);
  if (names.length > 0) {
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) =>
      names.includes(input) ? Promise.resolve(new Response(test.resources[input])) : fetch(input, init);
  }
}

function run(code, name) {
  (0, eval)(`${code}\n//# sourceURL=${name.replaceAll(" ", "%20")}`);
}

const HARNESS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"];
const SUBTEST = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];

function runTest() {
  return new Promise((resolve) => {
    makeWorker();
    run(harness, "/resources/testharness.js");
    add_completion_callback((tests, status) => {
      resolve({
        status: HARNESS[status.status],
        message: status.message ?? "",
        subtests: tests.map(({ name, status, message }) => [name, SUBTEST[status], (message ?? "").slice(0, 400)]),
      });
    });
    // Ends what does not end: the harness notes which tests were under way.
    const { timeout, done } = globalThis;
    setTimeout(() => timeout(), test.timeoutMs);
    try {
      // One script, because what `const` and `class` declare in an evaluated text cannot be seen by the next one.
      run(test.code, test.path);
    } catch (error) {
      reportError(error);
    }
    done();
  });
}

let result;

export default async function handler() {
  result ??= runTest();
  return new Response(JSON.stringify(await result), { headers: { "content-type": "application/json" } });
}
