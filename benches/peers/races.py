"""The races: who takes part in each, what is asked, and how it is measured."""

import statistics
from dataclasses import dataclass, field

import peers
import product
from load import HOST, Ask, check, closed, opened
from portico import NAME, Node, function_route
from servers import LOAD_CORE, fresh

BODY = ("0123456789abcdef" * 64).encode()  # 1 KiB


@dataclass
class Race:
    """Servers that are all up, and what is asked of each of them."""

    kind: str
    title: str
    servers: list
    ask: Ask
    # Requests that must be refused, in the same way by all.
    refused: list = field(default_factory=list)
    note: str = ""
    # What else runs, to be stopped with them.
    others: list = field(default_factory=list)

    def check(self):
        for server in self.servers:
            for ask in (self.ask, *self.refused):
                check(server, ask)

    def stop(self):
        for server in (*self.servers, *self.others):
            server.stop()


def portico(folder, options, **more):
    return [Node(folder, options.portico, **more)] if options.portico else []


def static(folder, options):
    site = fresh(folder, "site")
    (site / "file.txt").write_bytes(BODY)
    own = portico(folder, options)
    for node in own:
        node.apply("race", HOST, {"file.txt": BODY.decode()})
    # Caddy wants an upstream in its file; nobody asks for it here.
    servers = [*own, peers.nginx(folder, site, 9), peers.nginx(folder, site, 9, tuned=True), peers.caddy(folder, site, 9)]
    return Race("static", "Static file of 1 KiB", servers, Ask("/file.txt", BODY))


def proxy(folder, options):
    site, origin = fresh(folder, "site"), peers.origin(folder, BODY)
    own = portico(folder, options, upstream=origin.port)
    for node in own:
        node.apply("race", HOST, {"index.html": "<!doctype html>"}, routes=[{"pattern": "/proxied", "target": {"type": "proxy", "upstream": "origin"}}])
    servers = [*own, peers.nginx(folder, site, origin.port), peers.nginx(folder, site, origin.port, tuned=True),
               peers.haproxy(folder, origin.port), peers.caddy(folder, site, origin.port)]
    note = f"The upstream is an nginx on core {LOAD_CORE}, which it shares with the load."
    return Race("proxy", "Proxied request, 1 KiB answer", servers, Ask("/proxied", BODY), note=note, others=[origin])


def function(folder, options):
    own = portico(folder, options)
    source = (peers.FUNCTIONS / "worker.js").read_text()
    for node in own:
        node.apply("race", HOST, functions={"answer": source}, routes=[function_route("/function/*", "answer")])
    servers = [*own, peers.deno(folder), peers.bun(folder), peers.node(folder), peers.workerd(folder)]
    return Race("function", "Function that parses the URL and answers text", servers, Ask("/function/one?n=42", b"/function/one 42\n"))


def gated(folder, options):
    setting = product.Setting(folder, HOST)
    own = portico(folder, options)
    for node in own:
        setting.deploy(node)
    servers = [*own, setting.rival(folder), setting.rival(folder, cached=True)]
    return Race("product", "The product's own shape: token, role, function", servers, setting.ask, setting.refused, product.NOTE, [setting.postgres])


RACES = {"static": static, "proxy": proxy, "function": function, "product": gated}


def run(race, options, rounds):
    """Measures every server in turn, round after round; one row for each."""
    print(f"== {race.title}", flush=True)
    race.check()
    for server in race.servers:
        closed(server, race.ask, options.warm)
    runs = {server.name: [] for server in race.servers}
    for number in range(rounds):
        for server in in_turn(race.servers, number):
            one = closed(server, race.ask, options.seconds)
            runs[server.name].append(one)
            print(f"   round {number + 1}  {server.name:22} {one['rate']:9.0f} req/s  p50 {one['p50']:.2f} ms  p99 {one['p99']:.2f} ms", flush=True)
    race.check()
    rows = []
    for server in race.servers:
        rates = [one["rate"] for one in runs[server.name]]
        rows.append({"name": server.name, "memory": server.memory_mib(), "low": min(rates), "high": max(rates), **medians(runs[server.name])})
    return rows


def half_load(race, capacity, options):
    """Latencies at a fixed rate: half of what each server can, and one rate for all, half of what the slowest of them can. workerd does not
    count there: the others would have nothing to do."""
    common = min(rate for name, rate in capacity.items() if name != "workerd") / 2
    print(f"== {race.title}: latency at half load", flush=True)
    runs = {server.name: {"own": [], "common": []} for server in race.servers}
    for number in range(options.rounds):
        for server in in_turn(race.servers, number):
            for which, rate in (("own", capacity[server.name] / 2), ("common", common)):
                if which == "common" and server.name == "workerd" and capacity["workerd"] < common:
                    continue
                one = opened(server, race.ask, options.latency_seconds, rate)
                runs[server.name][which].append({"asked": rate, **one})
                print(f"   round {number + 1}  {server.name:22} {rate:8.0f} req/s  p50 {one['p50']:.2f} ms  p99 {one['p99']:.2f} ms  "
                      f"p99.9 {one['p99.9']:.2f} ms", flush=True)
    race.check()
    return [{"name": name, **{which: medians(each) for which, each in both.items() if each}} for name, both in runs.items()]


def in_turn(servers, number):
    """Every other round backwards: being after a certain peer is no one's advantage."""
    return servers if number % 2 == 0 else list(reversed(servers))


def medians(runs):
    return {key: statistics.median(one[key] for one in runs) for key in runs[0]}


def own(rows):
    return next((row for row in rows if row["name"] == NAME), None)
