"""benches/RESULTS.md: generated, but for the notes on bars that are not met (`notes.md`), which people write."""

import datetime
import os
import re

import floors
import interference
import machine
import races
import tables
from load import CONNECTIONS, HOST, Ask, oha_command, wrk_command
from servers import HERE, LOAD_CORE, ROOT, SERVER_CORE


def text(told, options):
    """The report of what `told` has: results by part."""
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    results = told["races"]
    parts = [f"""# Side by side

Written by `make bench` on {date}; do not edit. One run on one machine: compare the rows of a table with each other, not with
figures from elsewhere.

{method(options)}"""]
    parts.append(tables.summary(results))
    notes = HERE / "notes.md"
    if notes.is_file():
        parts.append("## Where a bar is not met\n\n" + notes.read_text().strip())
    parts += [tables.race(kind, result) for kind, result in results.items()]
    if "interference" in told:
        parts.append(tables.interference(told["interference"], interference.TOLD))
    if "scale" in told:
        parts.append(tables.scale(told["scale"], scale_method(options)))
    if "floors" in told:
        parts.append(tables.floors(told["floors"], floors.TOLD))
    parts += [f"## Failed: {part}\n\n{''.join(f'    {line}{chr(10)}' for line in why.splitlines())}" for part, why in told["failed"].items()]
    parts.append("## Commands\n\nConfigurations are in `benches/peers/conf`, programs in `benches/peers/functions`.\n\n" + "\n".join(f"    {line}" for line in commands(told, options)))
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def method(options):
    return f"""- Machine: {machine.machine()}; load average when it began: {options.load_average:.1f}
- Versions: {machine.versions(options.portico)}
- Method: each server on core {SERVER_CORE} alone, the load on core {LOAD_CORE}, over loopback; HTTP/1.1 keep-alive, {CONNECTIONS} connections, no TLS.
  wrk in a closed loop: {options.rounds} rounds of {options.seconds} s in turn, forwards and backwards; medians, and the lowest and highest round. oha in an open loop:
  {options.rounds} rounds of {options.latency_seconds} s in turn; medians. It sends what is due once in a millisecond, so that requests come in small bursts; and at high rates its own core
  is busy (`oha's core`), which counts as the server's latency. All servers must give the same answer, before and after.
- Portico in its default configuration: limits, counters and access log on, the log written to a file. It closes a connection after 10,000 requests
  (`requests_per_connection_max`).
- nginx has Debian's defaults (access log on, one write each) and one worker for the one core; it closes a connection after 1,000 requests (`keepalive_requests`).
  `nginx tuned` has what its manual offers beyond: a log written 64 KiB at a time, an `open_file_cache`, connections that last. The bars are measured by the
  first; what they would be by the second is said as well.
- haproxy has Debian's defaults, which log each request to syslog ({syslog()}). Caddy has its own, without an access log. Both run on one
  thread, as they find one core. deno, bun, node and workerd write no log, and run as their manuals start them: one process, one thread of JavaScript.
- `core used` is the share of its core that the server took, by /proc: well below 100 % means that the load, not the server, was the limit. `us of it each` is that time
  divided by the requests.
- Cold starts and memory have budgets of their own, in [FUNCTIONS.md](FUNCTIONS.md) (`make bench-functions`)."""


def scale_method(options):
    return (f"Portico by itself or beside nginx, one measurement of {options.scale_seconds} s for each figure: these show a direction, and single points may be off. "
            f"On core {SERVER_CORE}, {CONNECTIONS} connections, unless a table says otherwise.")


def syslog():
    return "there is one here" if os.path.exists("/dev/log") else "there is none here: it tries, and nothing is written"


def commands(told, options):
    """How everything was started, without what is of this run alone."""
    lines = [line for result in told["races"].values() for line in result["commands"]]
    lines += told.get("interference", {}).get("commands", []) + told.get("floors", {}).get("commands", [])
    anywhere = type("Anywhere", (), {"port": 10_000})
    lines.append(f"closed loop: {' '.join(wrk_command(anywhere, Ask('/PATH', b''), options.seconds))}")
    lines.append(f"open loop: {' '.join(oha_command(anywhere, Ask('/PATH', b''), options.latency_seconds, 0)).replace('-q 0 ', '-q RATE ')}")
    own = {str(ROOT): ".", str(options.folder): "TMP", str(options.portico): "portico", str(floors.TARGET): "FLOORS"}
    tidy = []
    for line in lines:
        for long, short in own.items():
            line = line.replace(long, short)
        line = re.sub(r"\S*/oha/bin/oha", "oha", line)
        # The folders of one kind have numbers.
        line = re.sub(r"(TMP/[a-z-]+)-\d+", r"\1", line)
        tidy.append(re.sub(r"127\.0\.0\.1:\d+|(?<= )\d{5}\b", "PORT", line))
    return list(dict.fromkeys(tidy))
