"""What a request costs as the node grows: threads, connections, bodies, functions, hosts."""

import json

import peers
import plots
from load import HOST, Ask, check, closed
from portico import Node, function_route
from servers import BOTH_CORES, SERVER_CORE, fresh
from zipf import evenly, zipf

THREADS = (1, 2)
CONNECTIONS = (1, 4, 16, 64, 256, 512)
BODIES = (100, 1024, 10 * 1024, 100 * 1024, 1024 * 1024)
FUNCTIONS = (1, 10, 100, 1000)
# A release has at most a hundred routes.
FUNCTIONS_PER_PROJECT = 50
HOSTS = (10, 100, 1000, 10_000)
FUNCTION = Ask("/function/one?n=42", b"/function/one 42\n")


def text(size):
    return ("0123456789abcdef" * (size // 16 + 1))[:size]


def site_and_function(folder, options, settings="", core=SERVER_CORE):
    node = Node(folder, options.portico, settings, core=core)
    files = {f"{size}.txt": text(size) for size in BODIES}
    node.apply("race", HOST, files, {"answer": (peers.FUNCTIONS / "worker.js").read_text()}, [function_route("/function/*", "answer")])
    return node


def static(size):
    return Ask(f"/{size}.txt", text(size).encode())


def warmed(server, ask, options, **more):
    """One figure, after the answer was checked and the server has been asked for a while."""
    check(server, ask)
    closed(server, ask, options.scale_warm, **more)
    one = closed(server, ask, options.scale_seconds, **more)
    check(server, ask)
    return one


def threads(folder, options):
    lines = {}
    for count in THREADS:
        node = site_and_function(folder, options, f"threads = {count}", BOTH_CORES)
        for name, ask in (("static 1 KiB", static(1024)), ("function", FUNCTION)):
            lines.setdefault(name, {})[count] = warmed(node, ask, options, core=BOTH_CORES)
        node.stop()
    told = ("`threads` (network I/O); JavaScript has two threads in both cases, as by default. Node and load share both cores here, and the load takes "
            "what the node leaves: the requests per second are of both together, the cost is the node's.")
    return ("threads", "Threads", "threads", told, lines)


def connections(folder, options):
    site = fresh(folder, "site")
    (site / "1024.txt").write_text(text(1024))
    node, nginx = site_and_function(folder, options), peers.nginx(folder, site, 9)
    lines = {}
    for count in CONNECTIONS:
        for name, server, ask in (("static 1 KiB", node, static(1024)), ("function", node, FUNCTION), ("nginx, static 1 KiB", nginx, static(1024))):
            lines.setdefault(name, {})[count] = warmed(server, ask, options, connections=count)
    node.stop()
    nginx.stop()
    return ("connections", "Connections", "connections", "Kept alive, each with one request at a time.", lines)


def bodies(folder, options):
    site = fresh(folder, "site")
    for size in BODIES:
        (site / f"{size}.txt").write_text(text(size))
    servers = [site_and_function(folder, options), peers.nginx(folder, site, 9), peers.nginx(folder, site, 9, tuned=True)]
    lines = {server.name: {size: warmed(server, static(size), options) for size in BODIES} for server in servers}
    for server in servers:
        server.stop()
    return ("bodies", "Static bodies", "bytes", "Files of a release, in the node's memory (its default), and in the system's page cache for nginx.", lines)


def functions(folder, options):
    node = Node(folder, options.portico)
    # The number is in the source, so that no two functions are one.
    source = "export default (request) => new Response(`function @ ${new URL(request.url).pathname}\\n`);\n"
    asks = []
    for first in range(0, max(FUNCTIONS), FUNCTIONS_PER_PROJECT):
        numbers, project = range(first, first + FUNCTIONS_PER_PROJECT), f"p{first // FUNCTIONS_PER_PROJECT}"
        node.apply(project, f"{project}.test", functions={f"f{n}": source.replace("@", str(n)) for n in numbers},
                   routes=[function_route(f"/f{n}", f"f{n}") for n in numbers])
        asks += [Ask(f"/f{n}", f"function {n} /f{n}\n".encode(), host=f"{project}.test") for n in numbers]
    line, isolates = {}, {}
    for count in FUNCTIONS:
        for ask in asks[:count]:
            check(node, ask)
        script = folder / f"zipf-{count}.lua"
        script.write_text(zipf([(ask.host, ask.path) for ask in asks[:count]]))
        line[count] = warmed(node, Ask(asks[0].path, asks[0].body, host=asks[0].host, script=script), options)
        isolates[count] = node.metric("portico_isolates")
    memory = node.memory_mib()
    node.stop()
    living = ", ".join(f"{isolates[count]:.0f} with {count}" for count in FUNCTIONS)
    told = (f"Each in an isolate of its own, in projects of {FUNCTIONS_PER_PROJECT}; traffic after Zipf (exponent 1), every function asked once beforehand. The node "
            f"keeps at most 1,024 isolates on each JavaScript thread (`isolates_per_thread_max`, its default; nothing is changed here). Isolates that lived "
            f"afterwards: {living}; memory of the node then: {memory:.0f} MiB.")
    return ("functions", "Functions", "functions", told, {"Zipf traffic": line})


def hosts(folder, options):
    node = Node(folder, options.portico)
    node.apply("race", HOST, {"1024.txt": text(1024)})
    line = {}
    for count in HOSTS:
        names = [HOST, *(f"host-{number}.test" for number in range(count - 1))]
        node.stop()
        # What `hosts bind` would write, one host after the other.
        (node.state / "hosts.json").write_text(json.dumps({"hosts": {name: "race" for name in names}}))
        node.again()
        for name in (names[0], names[-1]):
            check(node, Ask("/1024.txt", text(1024).encode(), host=name))
        script = folder / f"hosts-{count}.lua"
        script.write_text(evenly([(name, "/1024.txt") for name in names]))
        line[count] = warmed(node, Ask("/1024.txt", text(1024).encode(), script=script), options)
    node.stop()
    told = "Custom hosts of one project, asked for a file of 1 KiB evenly, in random order. The load takes a request out of a list instead of repeating one."
    return ("hosts", "Hosts", "hosts", told, {"static 1 KiB": line})


KINDS = (threads, connections, bodies, functions, hosts)


def measure(folder, options):
    """Every kind: its plot is written, its table returned."""
    results = []
    for kind in KINDS:
        print(f"== Scale: {kind.__name__}", flush=True)
        name, title, across, told, lines = kind(folder, options)
        for line, by in lines.items():
            for x, one in by.items():
                print(f"   {line:22} {x:>8} {one['rate']:9.0f} req/s  {one['cost']:.1f} us each", flush=True)
        path = options.plots / f"{name}.svg"
        plots.plot(path, f"{title}: throughput and cost", across, [
            ("requests per second", {line: [(x, one["rate"]) for x, one in by.items()] for line, by in lines.items()}),
            ("core time of the server per request, us", {line: [(x, one["cost"]) for x, one in by.items()] for line, by in lines.items()}),
        ], log_across=name != "threads")
        results.append({"name": name, "title": title, "across": across, "told": told, "lines": lines, "plot": path})
    return results
