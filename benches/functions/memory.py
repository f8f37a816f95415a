"""Memory: what isolates take while they live, and whether they give it back when they end."""

import re
import time

import scripts
from client import Client, ask
from node import Node
from report import row

COUNTS = (0, 1, 100, 500)
SETTINGS = "[log]\naccess = false\n[functions]\nthreads = 2\n"
# Threads and tables are there with the first hundred; what more cost is what isolates take.
SETTLED = 100


def live(options, folder):
    """Memory with so many functions asked once; the node was restarted after the deploy."""
    lines = [row("isolates", "RSS MiB", "PSS MiB", "private dirty MiB", f"private dirty each, above {SETTLED}"), "|---" * 5 + "|"]
    with Node(options.portico, folder / "live", SETTINGS + "isolates_per_thread_max = 1000\n") as node:
        node.deploy_many(max(COUNTS), scripts.small)
        deployed = node.memory_mib()
        node.restart()
        client, asked, found = Client(node.port), 0, {}
        for count in COUNTS:
            for number in range(asked, count):
                ask(client, node.place(number), number)
            asked = count
            found[count] = now = node.memory_mib()
            each = f"{(now['Private_Dirty'] - found[SETTLED]['Private_Dirty']) / (count - SETTLED):.2f} MiB" if count > SETTLED else ""
            lines.append(row(count, f"{now['Rss']:.0f}", f"{now['Pss']:.0f}", f"{now['Private_Dirty']:.0f}", each))
            print(lines[-1], flush=True)
        # What V8 and the allocator give back they give back when nothing is asked of them.
        time.sleep(options.settle)
        now = node.memory_mib()
        lines.append(row(f"{count}, {options.settle} s later", f"{now['Rss']:.0f}", f"{now['Pss']:.0f}", f"{now['Private_Dirty']:.0f}",
                         f"{(now['Private_Dirty'] - found[SETTLED]['Private_Dirty']) / (count - SETTLED):.2f} MiB"))
        print(lines[-1], flush=True)
    return "## Memory of idle isolates", f"""Functions of 1 KB, all deployed, each asked once. The node was restarted after the deploy; before that, with every function
checked and none asked, it took {deployed['Rss']:.0f} MiB. Aims: an idle isolate below 3 MB (2.86 MiB), 500 within 2 GB.""", lines


def churn(options, folder):
    """Memory while isolates are made and retired."""
    lines = [row("isolates made", "RSS MiB", "private dirty MiB", "alive", "JavaScript threads"), "|---" * 5 + "|"]
    functions, found, made, due = 500, {}, 0, 1
    with Node(options.portico, folder / "churn", SETTINGS + "isolates_per_thread_max = 1\n") as node:
        node.deploy_many(functions, scripts.small)
        node.restart()
        client = Client(node.port)
        while made < options.isolates:
            for number in range(functions):
                # One that was moved to another thread may find an isolate of its own still there.
                made += ask(client, node.place(number), number)[1] == 1
            now, threads = node.memory_mib(), js_threads(node)
            found.setdefault(threads, []).append((made, now["Rss"]))
            if made >= due:
                due = 1000 if due < 1000 else due + 1000 if due < 2000 else due - due % 2500 + 2500
                lines.append(row(f"{made:,}", f"{now['Rss']:.0f}", f"{now['Private_Dirty']:.0f}", f"{node.metric('portico_isolates'):.0f}", threads))
                print(lines[-1], flush=True)
    # A thread that is started meanwhile brings isolates of its own: only equals are compared.
    threads, seen = max(found.items(), key=lambda item: item[1][-1][0] - item[1][0][0])
    (first, before), (last, after) = seen[0], seen[-1]
    return "## Isolates made and retired", f"""Each thread may have one isolate, so every request makes one and ends another. From {first:,} isolates to {last:,}, with {threads}
JavaScript threads at both, resident memory changed by {(after / before - 1) * 100:+.1f} %. Aim: within 10 %.""", lines


def js_threads(node):
    """How many threads run functions: more are started when functions are slow."""
    names = [task.read_text() for task in node.tasks("comm")]
    return sum(bool(re.match(r"js-(slow-|suspect-)?\d", name)) for name in names)
