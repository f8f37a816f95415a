// A Portico node with a state folder of its own: started, given releases, asked, ended.

import { execFile, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Long enough for the slowest machine; what waits this long has failed.
const PATIENCE_MS = 30_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() && true));
    socket.once("error", () => resolve(false));
  });

export class Portico {
  #folder;
  #child;
  #edge;
  #api;
  #agent = new http.Agent({ keepAlive: true });

  // `settings` is TOML that goes into the node's configuration.
  static async start(binary, settings) {
    const node = new Portico();
    node.binary = binary;
    node.#folder = await mkdtemp(join(tmpdir(), "portico-packages-"));
    [node.#edge, node.#api] = [await freePort(), await freePort()];
    await mkdir(join(node.#folder, "state", "secrets"), { recursive: true, mode: 0o700 });
    const config = join(node.#folder, "portico.toml");
    await writeFile(
      config,
      `state_dir = ${JSON.stringify(join(node.#folder, "state"))}\nlisten = ["127.0.0.1:${node.#edge}"]\n` +
        `api_listen = "127.0.0.1:${node.#api}"\n${settings}\n`,
    );
    const log = openSync(join(node.#folder, "log"), "a");
    node.#child = spawn(binary, ["serve", "--config", config], { stdio: ["ignore", log, log] });
    const end = Date.now() + PATIENCE_MS;
    while (!((await listens(node.#edge)) && (await listens(node.#api)))) {
      if (node.ended() !== null || Date.now() > end) {
        const text = node.log();
        await node.stop();
        throw new Error(`the node does not listen:\n${text}`);
      }
      await sleep(20);
    }
    return node;
  }

  // The address of its API.
  get api() {
    return `http://127.0.0.1:${this.#api}`;
  }

  // How the process ended: a code, the name of a signal, or null while it runs.
  ended() {
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  // Runs a command against this node. Answers { ok, output }.
  async cli(args) {
    const env = {
      ...process.env,
      PORTICO_API: this.api,
      PORTICO_TOKEN_FILE: join(this.#folder, "state", "api-token"),
    };
    try {
      const { stdout } = await run(this.binary, args, { env, cwd: this.#folder, maxBuffer: 64 << 20 });
      return { ok: true, output: stdout };
    } catch (error) {
      return { ok: false, output: error.stderr ?? String(error) };
    }
  }

  // Applies a release of its own project and binds NAME.test to it. `env` becomes the project's secrets, `files` is
  // { path in the folder: bytes } which the spec may name. Answers { ok, output } of the command line.
  async deploy(name, spec, env, files) {
    const folder = join(this.#folder, name);
    await mkdir(folder, { recursive: true });
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const secrets = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}\n`);
    await writeFile(join(this.#folder, "state", "secrets", `${name}.env`), secrets.join(""), { mode: 0o600 });
    const manifest = join(folder, "portico.json");
    await writeFile(manifest, JSON.stringify({ project: name, ...spec }));
    const applied = await this.cli(["apply", "--manifest", manifest]);
    if (!applied.ok) return applied;
    const bound = await this.cli(["hosts", "bind", `${name}.test`, "--project", name]);
    return bound.ok ? applied : bound;
  }

  // Replaces the project's auth settings.
  async authorize(name, settings) {
    const file = join(this.#folder, `${name}-auth.json`);
    await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
    return this.cli(["auth", "set", file, "--project", name]);
  }

  // One request on the wire to NAME.test. Answers { status, headers: [[lower-case name, value]], body }.
  send(name, { method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const fields = [["host", `${name}.test`], ...headers];
      if (body !== null) fields.push(["content-length", String(body.length)]);
      const request = http.request({
        host: "127.0.0.1",
        port: this.#edge,
        agent: this.#agent,
        method,
        path,
        headers: fields.flat(),
        timeout: PATIENCE_MS,
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const list = [];
          for (let i = 0; i < response.rawHeaders.length; i += 2) {
            list.push([response.rawHeaders[i].toLowerCase(), response.rawHeaders[i + 1]]);
          }
          resolve({ status: response.statusCode, headers: list, body: new Uint8Array(Buffer.concat(chunks)) });
        });
      });
      request.end(body ?? undefined);
    });
  }

  async stop() {
    this.#agent.destroy();
    if (this.ended() === null) {
      const gone = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGKILL");
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
