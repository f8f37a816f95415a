// A Portico node in a folder of its own: started, fed with releases, started again when it has died.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const HOST = "wpt.test";
const START_MS_MAX = 30_000;

export class Node {
  #binary;
  #folder;
  #child;
  #ports;
  // One connection per request: a kept one dies with the node and would fail the next request.
  #agent = new http.Agent({ keepAlive: false });

  constructor(binary) {
    this.#binary = binary;
    this.#folder = mkdtempSync(join(tmpdir(), "portico-wpt-"));
    // However the run ends: neither the node nor its folder stays.
    process.once("exit", () => {
      this.#child?.kill("SIGKILL");
      this.remove();
    });
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  }

  async start() {
    this.#ports = [await freePort(), await freePort()];
    const [edge, api] = this.#ports;
    writeFileSync(
      join(this.#folder, "portico.toml"),
      [
        `state_dir = "${this.#folder}/state"`,
        `listen = ["127.0.0.1:${edge}"]`,
        `api_listen = "127.0.0.1:${api}"`,
        "[log]",
        "access = false",
        "",
      ].join("\n"),
    );
    const log = openSync(join(this.#folder, "log"), "a");
    const child = spawn(this.#binary, ["serve", "--config", join(this.#folder, "portico.toml")], {
      stdio: ["ignore", log, log],
    });
    this.#child = child;
    let failed;
    child.once("error", (error) => (failed = error));
    const end = Date.now() + START_MS_MAX;
    while (!(await accepts(edge)) || !(await accepts(api))) {
      if (failed) throw new Error(`${this.#binary} cannot be run (${failed.message}): PORTICO_BIN names the binary`);
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the node ended at once:\n${this.log()}`);
      if (Date.now() > end) throw new Error(`the node does not listen:\n${this.log()}`);
      await sleep(20);
    }
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  // Why it ended, in a line.
  get obituary() {
    const lines = this.log().trimEnd().split("\n");
    const fatal = lines.findLast((line) => /fatal|panicked|assert/i.test(line)) ?? lines.at(-1);
    return `${this.#child.signalCode ?? `exit code ${this.#child.exitCode}`}: ${fatal}`;
  }

  log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  // Makes functions live, each at /NAME.
  async apply(functions) {
    const spec = { project: "wpt", functions: { replace: {} }, routes: { replace: [] } };
    for (const { name, files, config } of functions) {
      spec.functions.replace[name] = { runtime: "node22", files, entrypoint: "index.js", config };
      spec.routes.replace.push({ pattern: `/${name}`, target: { type: "function", name } });
    }
    const file = join(this.#folder, "release.json");
    writeFileSync(file, JSON.stringify(spec));
    await this.#cli("apply", "--manifest", file);
    await this.#cli("hosts", "bind", HOST, "--project", "wpt");
  }

  async #cli(...args) {
    const [, api] = this.#ports;
    const env = {
      ...process.env,
      PORTICO_API: `http://127.0.0.1:${api}`,
      PORTICO_TOKEN_FILE: join(this.#folder, "state", "api-token"),
    };
    try {
      return await promisify(execFile)(this.#binary, args, { env });
    } catch (error) {
      throw new Error(`portico ${args[0]} failed: ${error.stderr || error.message}`);
    }
  }

  // Status and body; rejects when the connection breaks.
  get(path, msMax) {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.#ports[0], path, agent: this.#agent, headers: { host: HOST } };
      const request = http.get(options, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }));
      });
      request.on("error", reject);
      request.setTimeout(msMax, () => request.destroy(new Error(`no answer in ${msMax} ms`)));
    });
  }

  async stop() {
    if (this.#child?.pid !== undefined && this.running) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGKILL");
      await ended;
    }
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() && true));
    socket.once("error", () => resolve(false));
  });
}

// Below the range out of which the system takes ports for connections: another connection could have it before the node does.
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = net.createServer();
    const free = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (free) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
  }
}
