"""Load, and what it measures: wrk in a closed loop, oha at a fixed rate in an open one."""

import http.client
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field

from servers import LOAD_CORE

CONNECTIONS = 64
HOST = "race.test"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "portico-bench"
OHA = CACHE / "oha/bin/oha"


@dataclass
class Ask:
    """A request and the answer that every server must give to it."""

    path: str
    body: bytes
    status: int = 200
    host: str = HOST
    fields: dict = field(default_factory=dict)
    # For wrk, where requests differ from each other: its script.
    script: pathlib.Path | None = None


def check(server, ask):
    """Ends the race when a server does not give the expected answer. An expected body of `None` is any."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", ask.path, headers={"Host": ask.host, **ask.fields})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != ask.status or (ask.body is not None and body != ask.body):
        sys.exit(f"{server.name} answers GET {ask.path} with {answer.status}, {len(body)} bytes: {body[:200]!r}\n{server.tail()}")


# === Closed loop ===


def wrk_command(server, ask, seconds, connections=CONNECTIONS, core=LOAD_CORE):
    fields = [part for name, value in {"Host": ask.host, **ask.fields}.items() for part in ("-H", f"{name}: {value}")]
    script = ["-s", str(ask.script)] if ask.script else []
    return ["taskset", "-c", core, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", *fields, *script,
            f"http://127.0.0.1:{server.port}{ask.path}"]


def closed(server, ask, seconds, connections=CONNECTIONS, core=LOAD_CORE):
    """As many requests as are answered: requests per second, latencies in ms, the share of a core and the core time (us) of each that the
    server took."""
    before, began = server.cpu_seconds(), time.monotonic()
    output = subprocess.run(wrk_command(server, ask, seconds, connections, core), capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    used = server.cpu_seconds() - before
    for trouble in ("Non-2xx", "Socket errors"):
        if trouble in output:
            sys.exit(f"{server.name}: {re.search(f'{trouble}.*', output)[0]}\n{server.tail()}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]),
        "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
        "busy": used / (time.monotonic() - began),
        "cost": used / max(requests, 1) * 1e6,
    }


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


# === Open loop ===


def oha_command(server, ask, seconds, rate, connections=CONNECTIONS):
    fields = [part for name, value in ask.fields.items() for part in ("-H", f"{name}: {value}")]
    return ["taskset", "-c", LOAD_CORE, str(OHA), "--no-tui", "--output-format", "json", "--worker-threads", "1", "--disable-compression",
            "-z", f"{seconds}s", "-c", str(connections), "-q", f"{rate:.0f}", "--latency-correction", "--host", ask.host, *fields,
            f"http://127.0.0.1:{server.port}{ask.path}"]


def begin_open(server, ask, seconds, rate, connections=CONNECTIONS):
    command = oha_command(server, ask, seconds, rate, connections)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_open(server, process, seconds):
    """Latencies in ms, from when a request was due, the rate at which requests were answered, and the share of its core that oha took."""
    before = children_seconds()
    try:
        output, errors = process.communicate(timeout=seconds + 60)
    except subprocess.TimeoutExpired:
        sys.exit(f"oha did not end against {server.name}")
    finally:
        process.kill()
    if process.returncode != 0:
        sys.exit(f"oha failed against {server.name}: {errors[-1000:]}")
    told = json.loads(output)
    # What is on its way when the time is over is no failure.
    failed = {name: count for name, count in told["errorDistribution"].items() if "deadline" not in name}
    statuses = told["statusCodeDistribution"]
    if failed or set(statuses) != {"200"}:
        sys.exit(f"{server.name} at a fixed rate: {statuses} {failed}\n{server.tail()}")
    at = told["latencyPercentiles"]
    return {"answered": statuses["200"] / seconds, "load": (children_seconds() - before) / seconds, **{name: at[name] * 1e3 for name in ("p50", "p99", "p99.9")}}


def children_seconds():
    """Processor time of the children that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opened(server, ask, seconds, rate, connections=CONNECTIONS):
    """Requests at a fixed rate, whether or not those before are answered."""
    return end_open(server, begin_open(server, ask, seconds, rate, connections), seconds)
