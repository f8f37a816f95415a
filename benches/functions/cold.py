"""Cold starts: from the request to the first byte of the answer of a function that has no isolate."""

import pathlib
import statistics
import time

import scripts
from client import Client, ask
from node import Node
from report import at, row

FUNCTIONS = 50
# Time for the node to make spare isolates again, in seconds: far more than it takes.
PAUSE_SECONDS = 0.05
SETTINGS = "[log]\naccess = false\n[functions]\nthreads = 2\n"
SITUATIONS = {
    "after its release": "the process that runs it has checked it when it was released: V8's code cache holds the modules",
    "after a restart": "nothing of it is cached",
    "in place of another": "each thread may have one isolate, so another one is ended on the same core meanwhile",
}


def starts(node, numbers, pause):
    """Asks functions without an isolate once each: milliseconds, and what the node says the start of the isolate took."""
    client, times = Client(node.port), []
    before, cpu = node.metric("portico_isolate_start_seconds_sum"), node.cpu_seconds()
    for number in numbers:
        time.sleep(pause)
        took, seen = ask(client, node.place(number), number)
        # One that was moved to another thread may find an isolate of its own still there.
        if seen == 1:
            times.append(took)
    inside = (node.metric("portico_isolate_start_seconds_sum") - before) * 1e3 / len(times)
    cpu = (node.cpu_seconds() - cpu) * 1e3 / len(times)
    client.close()
    return {"times": times, "inside": inside, "cpu": cpu}


def merged(runs):
    return {
        "times": [time for run in runs for time in run["times"]],
        "inside": statistics.mean(run["inside"] for run in runs), "cpu": statistics.mean(run["cpu"] for run in runs),
    }


def of_size(binary, folder, name, source, rounds):
    """Measures one script in each situation, with a pause before each request and without one."""
    found = {(situation, pause): [] for situation in SITUATIONS for pause in (PAUSE_SECONDS, 0)}
    for round_number in range(rounds):
        for pause in (PAUSE_SECONDS, 0):
            with Node(binary, folder / f"cold-{name}-{round_number}-{pause}", SETTINGS) as node:
                node.deploy_many(FUNCTIONS, source)
                found["after its release", pause].append(starts(node, range(FUNCTIONS), pause))
                node.restart()
                found["after a restart", pause].append(starts(node, range(FUNCTIONS), pause))
    with Node(binary, folder / f"cold-{name}-full", SETTINGS + "isolates_per_thread_max = 1\n") as node:
        node.deploy_many(FUNCTIONS, source)
        starts(node, range(FUNCTIONS), 0)
        for pause in (PAUSE_SECONDS, 0) * rounds:
            found["in place of another", pause].append(starts(node, range(FUNCTIONS), pause))
    return {key: merged(runs) for key, runs in found.items()}


def sources(bundles):
    yield "1 KB", scripts.small
    yield "700 KB, generated", scripts.large
    for bundle in bundles:
        text = pathlib.Path(bundle).read_text()
        # Its number makes it another source to V8's code cache.
        yield f"{len(text) // 1000} KB, {pathlib.Path(bundle).name}", lambda number, text=text: scripts.around(text, number)


def measure(options, folder):
    lines = [row("script", "started", "pause", "starts", "p50 ms", "p95 ms", "highest ms", "of it the isolate, mean ms", "processor, mean ms"),
             "|---" * 9 + "|"]
    for number, (name, source) in enumerate(sources(options.bundle)):
        for (situation, pause), found in of_size(options.portico, folder, str(number), source, options.rounds).items():
            times = found["times"]
            lines.append(row(name, situation, f"{pause * 1e3:.0f} ms", len(times), f"{at(times, 50):.2f}", f"{at(times, 95):.2f}",
                             f"{max(times):.2f}", f"{found['inside']:.2f}", f"{found['cpu']:.2f}"))
            print(lines[-1], flush=True)
    told = "\n".join(f"- `{name}`: {text}." for name, text in SITUATIONS.items())
    return "## Cold starts", f"""From the sending of the request, on a kept-alive connection, to the first byte of the answer; {FUNCTIONS} functions, one
request at a time. With a pause before each request the node has time to make the isolates that it keeps at hand; without one it has not.

{told}

`the isolate` is what the node itself says of the time from the request to an isolate that can serve; `processor` is the time of all its
threads, what they do between the requests included. Aims: p50 below 5 ms for 1 KB, below 25 ms for 700 KB.""", lines
