#!/usr/bin/env python3
"""The function host from outside: cold starts, memory, restarts, neighbours, gates.

The node is pinned to one core and the load to another. Only loopback is used, and every node is killed at the end.
"""

import argparse
import atexit
import datetime
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import cold
import gate
import memory
import neighbours
import restart
from node import LOAD_CORE, SERVER_CORE

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PARTS = {
    "cold": cold.measure, "memory": memory.live, "churn": memory.churn, "restart": restart.measure, "neighbours": neighbours.measure,
    "gate": gate.measure,
}

REALTIME = "The machine had other work: node and load ran with real-time priority, but for the part about neighbours."


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    size = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    return (f"{cpu[1] if cpu else 'unknown CPU'}, {os.cpu_count()} cores, {int(size[1]) / 1024 / 1024:.0f} GiB, "
            f"{system[1] if system else os.uname().sysname}, Linux {os.uname().release}")


def versions(binary):
    own = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    v8 = re.search(r'name = "v8"\nversion = "([^"]+)"', (ROOT / "Cargo.lock").read_text())
    return f"{own}, V8 crate {v8[1]}, Python {sys.version.split()[0]}"


def report(sections, options):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    more = "".join(f"\n- {note}" for note in [*([REALTIME] if options.realtime else []), *options.note])
    text = "\n\n".join("\n".join([title, "", told, "", *lines]) for title, told, lines in sections)
    return f"""# The function host

Written by `make bench-functions` on {date}; do not edit.

- Machine: {machine()}; load average when it began: {options.load_average:.1f}
- Versions: {versions(options.portico)}
- Method: the node on core {SERVER_CORE} alone, the load on core {LOAD_CORE}, over loopback, HTTP/1.1, no TLS; the node's defaults but for
  the access log (off) and what a table says.{more}

{text}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--portico", required=True, metavar="BINARY", help="the release build")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be repeated")
    parser.add_argument("--realtime", action="store_true", help="run node and load before all else, on a machine that has other work; needs root")
    parser.add_argument("--note", action="append", default=[], help="a line for the report: what else is to be known; may be repeated")
    parser.add_argument("--rounds", type=int, default=4, help="cold: processes per size of script")
    parser.add_argument("--bundle", action="append", default=[], help="cold: a module without a default export, measured too; may be repeated")
    parser.add_argument("--settle", type=int, default=15, help="memory: seconds until the last look")
    parser.add_argument("--isolates", type=int, default=10_000, help="churn: how many are made")
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=800, help="neighbours: requests a second, over all functions")
    parser.add_argument("--seconds", type=int, default=20, help="neighbours: length of one measurement")
    parser.add_argument("--users", type=int, default=100, help="gate: users with a token each")
    parser.add_argument("--connections", type=int, default=64, help="gate")
    parser.add_argument("--gate-rounds", type=int, default=5)
    parser.add_argument("--gate-seconds", type=int, default=5)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "benches/FUNCTIONS.md")
    return parser.parse_args()


def main():
    options = arguments()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two cores: one for the node, one for the load")
    options.portico = str(pathlib.Path(options.portico).resolve())
    options.load_average = os.getloadavg()[0]
    os.sched_setaffinity(0, {LOAD_CORE})
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portico-functions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sections = []
    for part in options.only or PARTS:
        print(f"== {part}", flush=True)
        if options.realtime:
            # Among neighbours the system's ordinary scheduling is what is measured.
            ordinary = part == "neighbours"
            os.sched_setscheduler(0, os.SCHED_OTHER if ordinary else os.SCHED_RR, os.sched_param(0 if ordinary else 1))
        sections.append(PARTS[part](options, folder))
    text = report(sections, options)
    options.out.write_text(text)
    print(f"\n{text}\nWritten to {options.out}")


if __name__ == "__main__":
    main()
