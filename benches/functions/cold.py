"""Cold starts: from the request to the first byte of the answer of a function that has no isolate."""

import pathlib
import statistics

import scripts
from client import Client, expect
from node import Node
from report import at, row

FUNCTIONS = 50
ROUNDS_FULL = 4
# Not the functions of a size but their starts are counted: the first of a process pays for what the others share.
SETTINGS = "[log]\naccess = false\n[functions]\nthreads = 2\n"


def starts(node, client, numbers):
    """Asks functions without an isolate once each: milliseconds, and what the node says the start of the isolate took."""
    before, cpu = node.metric("portico_isolate_start_seconds_sum"), node.cpu_seconds()
    times = [expect(client, *node.place(number), f"function {number} 1 ") for number in numbers]
    inside = (node.metric("portico_isolate_start_seconds_sum") - before) * 1e3 / len(times)
    return {"times": times, "inside": inside, "cpu": (node.cpu_seconds() - cpu) * 1e3 / len(times)}


def merged(runs):
    return {
        "times": [time for run in runs for time in run["times"]],
        "inside": statistics.mean(run["inside"] for run in runs), "cpu": statistics.mean(run["cpu"] for run in runs),
    }


def of_size(binary, folder, name, source, rounds):
    """Measures one size in three situations."""
    found = {"after its release": [], "after a restart": [], "again, in place of another's isolate": []}
    with Node(binary, folder / f"cold-{name}", SETTINGS) as node:
        node.deploy_many(FUNCTIONS, source)
        for round_number in range(rounds):
            client = Client(node.port)
            situation = "after a restart" if round_number else "after its release"
            found[situation].append(starts(node, client, range(FUNCTIONS)))
            client.close()
            node.restart()
    with Node(binary, folder / f"cold-{name}-full", SETTINGS + "isolates_per_thread_max = 1\n") as node:
        node.deploy_many(FUNCTIONS, source)
        client = Client(node.port)
        starts(node, client, range(FUNCTIONS))
        for _ in range(ROUNDS_FULL):
            found["again, in place of another's isolate"].append(starts(node, client, range(FUNCTIONS)))
    return {situation: merged(runs) for situation, runs in found.items()}


def sources(bundles):
    yield "1 KB", scripts.small
    yield "700 KB, generated", scripts.large
    for bundle in bundles:
        text = pathlib.Path(bundle).read_text()
        # Its number makes it another source to V8's code cache.
        yield f"{len(text) // 1000} KB, {pathlib.Path(bundle).name}", lambda number, text=text: scripts.around(text, number)


def measure(options, folder):
    lines = [row("script", "started", "starts", "p50 ms", "p95 ms", "highest ms", "of it the isolate, mean ms", "processor, mean ms"), "|---" * 8 + "|"]
    for number, (name, source) in enumerate(sources(options.bundle)):
        for situation, found in of_size(options.portico, folder, str(number), source, options.rounds).items():
            times = found["times"]
            lines.append(row(name, situation, len(times), f"{at(times, 50):.2f}", f"{at(times, 95):.2f}", f"{max(times):.2f}",
                             f"{found['inside']:.2f}", f"{found['cpu']:.2f}"))
            print(lines[-1], flush=True)
    return "## Cold starts", f"""From the sending of the request, on a kept-alive connection, to the first byte of the answer; {FUNCTIONS} functions, one
request at a time. `after its release`: the release was applied by this process, so V8's code cache holds the modules. `after a restart`: nothing is
cached. `in place of another's isolate`: each thread may have one isolate, so another one is ended on the same core meanwhile. `the
isolate` is what the node itself says of the time from the request to an isolate that can serve.""", lines
