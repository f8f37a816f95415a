// node:os: a machine like any other, so that nothing of the real one is told.

const constant = (value) => () => value;

const signals = Object.freeze({ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15, SIGUSR1: 10, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14 });

export default {
  arch: constant("x64"),
  availableParallelism: constant(1),
  cpus: () => [{ model: "", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  endianness: constant("LE"),
  freemem: constant(0),
  getPriority: constant(0),
  homedir: constant("/"),
  hostname: constant("localhost"),
  loadavg: () => [0, 0, 0],
  networkInterfaces: () => ({}),
  platform: constant("linux"),
  release: constant("6.0.0"),
  setPriority() {},
  tmpdir: constant("/tmp"),
  totalmem: constant(0),
  type: constant("Linux"),
  userInfo: () => ({ uid: 0, gid: 0, username: "function", homedir: "/", shell: null }),
  uptime: constant(0),
  version: constant("#1"),
  machine: constant("x86_64"),
  constants: { UV_UDP_REUSEADDR: 4, dlopen: {}, errno: {}, signals, priority: {} },
  EOL: "\n",
  devNull: "/dev/null",
};
