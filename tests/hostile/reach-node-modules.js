// Files, processes, sockets, threads and code of the machine by what Node has for them, as far as there is any of it.
// expect: 200 nothing
const uses = {
  fs: [(fs) => fs.readFileSync("/etc/passwd", "utf8"), (fs) => fs.readdirSync("/"), (fs) => fs.promises.readFile("/etc/passwd"), (fs) => fs.writeFileSync("/tmp/x", "x")],
  "fs/promises": [(fs) => fs.readFile("/etc/passwd"), (fs) => fs.readdir("/")],
  child_process: [(child) => child.execSync("id"), (child) => child.spawnSync("id"), (child) => child.fork("x")],
  vm: [(vm) => vm.runInThisContext("typeof Deno + typeof __bootstrap") !== "undefinedundefined", (vm) => vm.runInNewContext("typeof Deno") !== "undefined"],
  worker_threads: [({ Worker }) => new Worker("1", { eval: true })],
  net: [(net) => net.connect(80, "127.0.0.1").on("error", () => {}).localAddress, (net) => net.createServer().listen(0).address()],
  http: [(http) => new Promise((resolve, reject) => http.get("http://127.0.0.1/", resolve).on("error", reject))],
  module: [(module) => module.createRequire("file:///x")("fs").readFileSync("/etc/passwd"), (module) => module._load("fs").readFileSync("/etc/passwd")],
  os: [(os) => os.hostname() !== "localhost" && os.hostname(), (os) => os.userInfo().username === "root", (os) => Object.keys(os.networkInterfaces()).length > 0, (os) => os.homedir() === "/root"],
  process: [(process) => process.binding("fs"), (process) => process.dlopen({}, "x"), (process) => process.kill(1, 0), (process) => process.env.HOME ?? process.env.PATH, (process) => process.cwd() !== "/", (process) => process.execPath?.includes("portico"), (process) => process.chdir("/etc"), (process) => process.setuid(0), (process) => process.report.getReport().header.host],
};
const attack = async () => {
  const found = [];
  for (const name in uses) {
    let module;
    try {
      module = await import(`node:${name}`);
    } catch {
      continue;
    }
    for (const use of uses[name]) {
      for (const holder of [module, module.default]) {
        try {
          const got = await Promise.race([use(holder), new Promise((_, reject) => setTimeout(reject, 20))]);
          if (got) found.push(`${name} ${use} ${String(got).slice(0, 20)}`);
        } catch {}
      }
    }
  }
  return new Response([...new Set(found)].join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
