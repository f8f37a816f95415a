// Runs a handler in Node itself, in a process of its own with the function's environment and nothing else.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("oracle-child.mjs", import.meta.url));

// What Node writes when it has nothing to say about the function.
const NOISE = /ExperimentalWarning|Use `node --trace/;

export class Oracle {
  #child;
  #waiting = new Map();
  #next = 0;
  output = "";

  // `file` is the bundle. Resolves when its module was evaluated; rejects with the reason when it cannot be.
  static async start(file, env) {
    const oracle = new Oracle();
    oracle.#child = fork(CHILD, [file], {
      env,
      execArgv: ["--no-warnings"],
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [oracle.#child.stdout, oracle.#child.stderr]) {
      stream.on("data", (text) => {
        if (!NOISE.test(text)) oracle.output += text;
      });
    }
    oracle.#child.on("message", (message) => oracle.#settle(message.id, message));
    oracle.#child.on("exit", (code) => {
      for (const id of [...oracle.#waiting.keys()]) oracle.#settle(id, { error: `the process ended (${code})` });
    });
    const loaded = await oracle.#answer("load");
    if (loaded.error !== undefined) throw new Error(loaded.error);
    return oracle;
  }

  #settle(id, message) {
    this.#waiting.get(id)?.(message);
    this.#waiting.delete(id);
  }

  #answer(id) {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  // Hands over a request { method, url, headers: [[name, value]], body }; answers { status, headers, body } or { error }.
  async send(request, context) {
    const id = ++this.#next;
    const answer = this.#answer(id);
    this.#child.send({ id, request, context });
    return await answer;
  }

  stop() {
    this.#child.kill("SIGKILL");
  }
}
