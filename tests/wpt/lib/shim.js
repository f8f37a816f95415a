// The function that one test becomes: gives the test harness the worker it expects, runs the scripts as classic scripts would
// run, and answers with the results.

import harness from "./harness.json" with { type: "json" };
import test from "./test.json" with { type: "json" };

const { setTimeout, reportError, Request, Response, URL } = globalThis;
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
  define("location", makeLocation(new URL(test.variant, `https://web-platform.test:8443${test.path}`)));
  // Some tests look at it for the line endings of the system.
  define("navigator", { userAgent: navigator.userAgent, platform: "Linux x86_64" });
  define("META_TITLE", test.title);
  define("importScripts", (...names) => {
    for (const name of names) {
      if (name in test.resources) run(test.resources[name], name);
    }
  });
  if (Object.keys(test.resources).length > 0 || test.code.includes(ECHO)) makeServer();
}

// Answers for the tests' own server; other addresses are fetched.
function makeServer() {
  const { fetch } = globalThis;
  define("fetch", async (input, init) => {
    if (Object.hasOwn(test.resources, input)) return new Response(test.resources[input]);
    if (input === ECHO) return new Response(await new Request(location.origin, init).arrayBuffer());
    return fetch(input, init);
  });
}

// What the tests' own server answers with the body it got.
const ECHO = "/fetch/api/resources/echo-content.py";

function makeLocation({ href, origin, protocol, host, hostname, port, pathname, search, hash }) {
  return { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href };
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
