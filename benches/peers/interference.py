"""What a cheap function feels while another one computes: its latency at a fixed rate, with and without."""

import peers
import races
from load import HOST, Ask, begin_open, check, closed, end_open, opened
from portico import Node, function_route
from servers import BOTH_CORES, LOAD_CORE

RATE, CONNECTIONS = 1_000, 16
BUSY_RATE, BUSY_CONNECTIONS = 40, 4
CHEAP, BUSY = Ask("/cheap", b"cheap\n"), Ask("/busy", None)
TOLD = f"""The cheap function gets {RATE:,} requests a second, the other one {BUSY_RATE} that compute for about 5 ms each, a fifth of a core (oha, open
loop, {CONNECTIONS} and {BUSY_CONNECTIONS} connections). Here the servers may use both cores; the load is on core {LOAD_CORE}. In Portico they are two functions with their
defaults; in the others, which have one program per process as they are started here, two routes of one program."""


def start(folder, options):
    own = []
    if options.portico:
        node = Node(folder, options.portico, core=BOTH_CORES)
        source = (peers.FUNCTIONS / "busy.js").read_text()
        node.apply("race", HOST, functions={"cheap": source, "busy": source}, routes=[function_route("/cheap", "cheap"), function_route("/busy", "busy")])
        own = [node]
    return [*own, peers.deno(folder, "busy.js", BOTH_CORES), peers.node(folder, "busy.mjs", BOTH_CORES), peers.workerd(folder, "busy.capnp", BOTH_CORES)]


def measure(folder, options):
    print("== Interference", flush=True)
    servers = start(folder, options)
    runs = {server.name: {"alone": [], "beside": []} for server in servers}
    for server in servers:
        for ask in (CHEAP, BUSY):
            check(server, ask)
            closed(server, ask, 1, connections=CONNECTIONS)
    for number in range(options.rounds):
        for server in races.in_turn(servers, number):
            alone = opened(server, CHEAP, options.latency_seconds, RATE, CONNECTIONS)
            # One second longer, so that there is something to feel until the end.
            other = begin_open(server, BUSY, options.latency_seconds + 1, BUSY_RATE, BUSY_CONNECTIONS)
            try:
                beside = opened(server, CHEAP, options.latency_seconds, RATE, CONNECTIONS)
            finally:
                felt = end_open(server, other, options.latency_seconds + 1)
            beside["busy"] = felt["p50"]
            runs[server.name]["alone"].append(alone)
            runs[server.name]["beside"].append(beside)
            print(f"   round {number + 1}  {server.name:12} p99 alone {alone['p99']:.2f} ms, beside {beside['p99']:.2f} ms", flush=True)
    commands = [line for server in servers for line in server.commands()]
    for server in servers:
        check(server, CHEAP)
        server.stop()
    rows = [{"name": name, **{which: races.medians(each) for which, each in both.items()}} for name, both in runs.items()]
    return {"rows": rows, "commands": commands}
