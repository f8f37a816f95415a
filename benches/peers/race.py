#!/usr/bin/env python3
"""The race: Portico beside nginx and the function runtimes, in one run on one machine.

Each server is pinned to one core and wrk to another. The servers of a race all run; they are measured in turn, round
after round, so that a slow minute of the machine hits each of them. Before anything is measured, every
server must give the same answer. Only loopback is used, and every server is stopped at the end.
"""

import argparse
import atexit
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 64
HOST = "race.test"
BODY = ("0123456789abcdef" * 64).encode()  # 1 KiB
PACKAGES = HERE / "node_modules"
BUN = PACKAGES / "@oven/bun-linux-x64/bin/bun"
DENO = PACKAGES / "@deno/linux-x64-glibc/deno"
WORKERD = PACKAGES / "@cloudflare/workerd-linux-64/bin/workerd"

running = []


# === Servers ===


class Server:
    """A started server: its name, port and process."""

    def __init__(self, name, port, command, folder, core=SERVER_CORE):
        self.name, self.port, self.command = name, port, [str(part) for part in command]
        self.log = folder / f"{re.sub('[^a-z]+', '-', name.lower())}.log"
        environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
            )
        running.append(self)

    def wait(self, port=None, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port or self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{self.name} did not start: {' '.join(self.command)}\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def pids(self):
        """The process and its descendants."""
        parents = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
        found, rest = [], [self.process.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            rest += parents.get(pid, [])
        return found

    def memory_mib(self):
        """Resident memory of the process and its descendants."""
        total = 0
        for pid in self.pids():
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += int((re.search(r"^VmRSS:\s+(\d+)", status, re.M) or [0, 0])[1])
        return total / 1024

    def cpu_seconds(self):
        """Processor time the process and its descendants have used."""
        ticks = 0
        for pid in self.pids():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def stop_all():
    while running:
        running.pop().stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def filled(template, folder, **values):
    """Fills @NAMES@ into a template and returns the path of the result."""
    text = (HERE / template).read_text()
    for name, value in {"DIR": folder, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / template
    path.write_text(text)
    return path


def start_origin(folder):
    port = free_port()
    conf = filled("origin.conf", folder, PORT=port, BODY=BODY.decode())
    return Server("origin", port, ["nginx", "-c", conf, "-e", folder / "origin-error.log"], folder, core=LOAD_CORE).wait()


def start_nginx(folder, origin):
    port = free_port()
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site/file.txt").write_bytes(BODY)
    # Its worker gives up root; the temporary folder must let it in.
    folder.chmod(0o755)
    conf = filled("nginx.conf", folder, PORT=port, ORIGIN=origin.port)
    return Server("nginx", port, ["nginx", "-c", conf, "-e", folder / "error.log"], folder).wait()


def start_portico(folder, origin, binary, access_log):
    port, api = free_port(), free_port()
    state = folder / "state"
    config = folder / "portico.toml"
    # The defaults, but for what two servers on one machine cannot share.
    settings = f'state_dir = "{state}"\nlisten = ["127.0.0.1:{port}"]\napi_listen = "127.0.0.1:{api}"\n'
    if not access_log:
        settings += "[log]\naccess = false\n"
    config.write_text(settings + f'[upstreams.origin]\naddress = "127.0.0.1:{origin.port}"\n')
    shutil.copy(HERE / "worker.js", folder)
    manifest = folder / "portico.json"
    manifest.write_text(json.dumps({
        "project": "race",
        "site": {"replace": {"file.txt": {"data": BODY.decode()}}},
        "functions": {"replace": {"answer": {"runtime": "node22", "source": {"path": "worker.js"}}}},
        "routes": {"replace": [
            {"pattern": "/function/*", "target": {"type": "function", "name": "answer"}},
            {"pattern": "/proxied", "target": {"type": "proxy", "upstream": "origin"}},
        ]},
    }))
    server = Server("Portico", port, [binary, "serve", "--config", config], folder).wait().wait(api)
    client = ["--api", f"http://127.0.0.1:{api}", "--token-file", str(state / "api-token")]
    for command in (["apply", "--manifest", str(manifest), "--project", "race"], ["hosts", "bind", HOST, "--project", "race"]):
        done = subprocess.run([binary, *command, *client], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"portico {' '.join(command)} failed: {done.stderr}\n{server.log.read_text(errors='replace')[-2000:]}")
    return server


def start_functions(folder):
    ports = [free_port() for _ in range(4)]
    return [
        Server("deno serve", ports[0], [DENO, "serve", "--host", "127.0.0.1", "--port", ports[0], HERE / "worker.js"], folder).wait(),
        Server("bun", ports[1], [BUN, HERE / "bun.mjs", ports[1]], folder).wait(),
        Server("node", ports[2], ["node", HERE / "node.mjs", ports[2]], folder).wait(),
        Server("workerd", ports[3], [WORKERD, "serve", HERE / "config.capnp", "--socket-addr", f"http=127.0.0.1:{ports[3]}"], folder).wait(),
    ]


# === Measuring ===


def check(server, path, expected):
    """Ends the race when a server does not give the expected answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={"Host": HOST})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200 or body != expected:
        sys.exit(f"{server.name} answers GET {path} with {answer.status}, {len(body)} bytes: {body[:200]!r}")


def wrk_command(server, path, seconds):
    url = f"http://127.0.0.1:{server.port}{path}"
    return ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", f"Host: {HOST}", url]


def load(server, path, seconds):
    """One measurement: requests per second, latencies in milliseconds, share of the core that the server used."""
    before, began = server.cpu_seconds(), time.monotonic()
    output = subprocess.run(wrk_command(server, path, seconds), capture_output=True, text=True, check=True).stdout
    busy = (server.cpu_seconds() - before) / (time.monotonic() - began)
    for trouble in ("Non-2xx", "Socket errors"):
        if trouble in output:
            sys.exit(f"{server.name}: {re.search(f'{trouble}.*', output)[0]}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]),
        "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
        "busy": busy,
    }


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def race(title, servers, path, expected, options):
    """Measures every server in turn, `rounds` times, and returns one row for each."""
    print(f"== {title}", flush=True)
    for server in servers:
        check(server, path, expected)
    for server in servers:
        load(server, path, options.warm)
    runs = {server.name: [] for server in servers}
    for number in range(options.rounds):
        # Every other round backwards: being after a certain peer is no one's advantage.
        for server in servers if number % 2 == 0 else reversed(servers):
            run = load(server, path, options.seconds)
            runs[server.name].append(run)
            print(f"   round {number + 1}  {server.name:12} {run['rate']:9.0f} req/s  p50 {run['p50']:.2f} ms  p99 {run['p99']:.2f} ms", flush=True)
    rows = []
    for server in servers:
        check(server, path, expected)
        row = {key: statistics.median(run[key] for run in runs[server.name]) for key in ("rate", "p50", "p99", "busy")}
        rates = [run["rate"] for run in runs[server.name]]
        rows.append({"name": server.name, "memory": server.memory_mib(), "low": min(rates), "high": max(rates), **row})
    return {"title": title, "path": path, "rows": rows}


# === Reporting ===


def first_line(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return ((done.stdout + done.stderr).strip().splitlines() or ["unknown"])[0].strip()


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    return (f"{cpu[1] if cpu else 'unknown CPU'}, {os.cpu_count()} cores, {int(memory[1]) / 1024 / 1024:.0f} GiB, "
            f"{system[1] if system else os.uname().sysname}, Linux {os.uname().release}")


def versions(binary):
    listed = [first_line(["nginx", "-v"]).removeprefix("nginx version: nginx/").join(("nginx ", " (Debian)"))]
    listed += [first_line([DENO, "--version"]).split(" (")[0], f"bun {first_line([BUN, '--version'])}"]
    listed += [f"Node.js {first_line(['node', '--version'])}", first_line([WORKERD, "--version"])]
    listed += [first_line(["wrk", "-v"]).split(" [")[0]]
    if binary:
        listed.insert(0, first_line([binary, "--version"]))
    return ", ".join(listed)


def table(result):
    rows = sorted(result["rows"], key=lambda row: -row["rate"])
    own = next((row for row in rows if row["name"] == "Portico"), None)
    lines = [f"## {result['title']}", "", "| server | req/s (lowest to highest round) | p50 ms | p99 ms | core used | memory MiB | Portico is |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if own is None or row is own else f"{own['rate'] / row['rate']:.2f} x"
        name = f"**{row['name']}**" if row is own else row["name"]
        lines.append(f"| {name} | {row['rate']:,.0f} ({row['low']:,.0f} to {row['high']:,.0f}) | {row['p50']:.2f} | {row['p99']:.2f} "
                     f"| {row['busy'] * 100:.0f} % | {row['memory']:.0f} | {ratio} |")
    return "\n".join(lines)


def report(results, options, commands):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    log = "as by default: on" if options.access_log else "off, unlike the default"
    shown = "\n".join(f"    {command}" for command in commands)
    return f"""# Side by side

Written by `make bench` on {date}; do not edit. One run on one machine: compare the rows of a table with each other, not with
figures from elsewhere.

- Machine: {machine()}
- Versions: {versions(options.portico)}
- Method: each server on core {SERVER_CORE} alone, wrk on core {LOAD_CORE}; {CONNECTIONS} connections, HTTP/1.1 keep-alive, no TLS;
  {options.rounds} rounds of {options.seconds} s in turn, forwards and backwards; medians. Answers are checked before and after.
- Portico in its default configuration (access log {log}); nginx with Debian's defaults (access log on) and one
  worker. The function runtimes write no access log.
- Debian's nginx is some years older than the other peers. The load is a closed loop: p99 hides stalls longer than a request.
- `core used` is the share of its core that the server took: well below 100 % means that the load, not the server, was the limit.

{(chr(10) * 2).join(table(result) for result in results)}

## Commands

{shown}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--portico", metavar="BINARY", help="the release build; without it only the peers race")
    parser.add_argument("--only", choices=["static", "proxy", "function"], action="append", help="one race; may be repeated")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement")
    parser.add_argument("--warm", type=int, default=2, help="length of the warm-up of each server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-access-log", dest="access_log", action="store_false", help="run Portico without its access log")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "benches/RESULTS.md")
    return parser.parse_args()


def main():
    options = arguments()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("the race needs two cores: one for the servers, one for the load")
    if options.portico:
        options.portico = str(pathlib.Path(options.portico).resolve())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portico-race-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stop_all)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    only = options.only or ["static", "proxy", "function"]
    origin = start_origin(folder)
    portico = [start_portico(folder, origin, options.portico, options.access_log)] if options.portico else []
    results, commands = [], []
    kinds = [
        ("static", "Static file of 1 KiB", "/file.txt", BODY),
        ("proxy", f"Proxied request, 1 KiB answer (the upstream is an nginx on core {LOAD_CORE})", "/proxied", BODY),
        ("function", "Function that parses the URL and answers text", "/function/one?n=42", b"/function/one 42\n"),
    ]
    nginx = [start_nginx(folder, origin)] if {"static", "proxy"} & set(only) else []
    for kind, title, path, expected in kinds:
        if kind not in only:
            continue
        servers = portico + (start_functions(folder) if kind == "function" else nginx)
        results.append(race(title, servers, path, expected, options))
        commands += [f"{server.name}: {' '.join(server.command)}" for server in servers]
    commands.append(f"load: {' '.join(wrk_command(origin, '/PATH', options.seconds))}")

    own = {str(ROOT): ".", str(folder): "TMP", str(options.portico): "portico"}
    tidy = []
    for command in dict.fromkeys(commands):
        for long, short in own.items():
            command = command.replace(long, short)
        tidy.append(re.sub(r"127\.0\.0\.1:\d+|(?<= )\d{5}\b", "PORT", command))
    text = report(results, options, dict.fromkeys(tidy))
    options.out.write_text(text)
    print(f"\n{text}\nWritten to {options.out}")


if __name__ == "__main__":
    main()
