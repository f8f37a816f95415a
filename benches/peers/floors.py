"""The floors: what an answer costs in programs that do nothing else."""

import os
import pathlib
import statistics

import races
from load import HOST, Ask, check, closed
from servers import ROOT, Server, free_port

TARGET = pathlib.Path(os.environ.get("PORTICO_FLOORS") or ROOT / "benches/floor/target/release")
PROGRAMS = {"a bare tokio loop": "floor-tokio", "an empty Pingora answer": "floor-pingora"}
ASK = Ask("/file.txt", races.BODY)
TOLD = """The answer of the static race, from programs that do nothing but give it: no files, no limits, no log. `a bare tokio loop` reads, parses with
`httparse`, and writes head and body at once; `an empty Pingora answer` is given in the first filter of Pingora's proxy, which is what Portico stands
on. One thread each. They are in `benches/floor`."""


def measure(folder, options):
    print("== Floors", flush=True)
    servers = []
    for name, program in PROGRAMS.items():
        port = free_port()
        servers.append(Server(name, port, [TARGET / program, port], folder).wait())
    runs = {server.name: [] for server in servers}
    for server in servers:
        check(server, ASK)
        closed(server, ASK, options.warm)
    for number in range(options.rounds):
        for server in races.in_turn(servers, number):
            one = closed(server, ASK, options.seconds)
            runs[server.name].append(one)
            print(f"   round {number + 1}  {server.name:24} {one['rate']:9.0f} req/s  {one['cost']:.1f} us each", flush=True)
    rows = [{"name": name, "low": min(one["rate"] for one in each), "high": max(one["rate"] for one in each),
             **{key: statistics.median(one[key] for one in each) for key in ("rate", "cost")}} for name, each in runs.items()]
    return {"rows": rows, "commands": [line for server in servers for line in server.commands()]}
