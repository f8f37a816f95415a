"""Restarts: a node is killed while it serves, and started again."""

import threading
import time

import scripts
from client import Client
from node import Node
from report import at, row

FUNCTIONS = 50


def until(moment, ask):
    """Milliseconds from `moment` until `ask` is true."""
    while not ask():
        if time.perf_counter() - moment > 30:
            raise SystemExit("the node was not there again after 30 s")
        time.sleep(0.0003)
    return (time.perf_counter() - moment) * 1e3


def answers(port, host, path, beginning):
    def ask():
        client = Client(port, timeout=5)
        try:
            status, body, _ = client.get(host, path)
            return status == 200 and body.startswith(beginning)
        except (OSError, ValueError):
            return False
        finally:
            client.close()
    return ask


def serving(node, stop):
    """Requests without a pause, so that the node is killed in the middle of some."""
    client, number = Client(node.port, timeout=5), 0
    while not stop.is_set():
        try:
            client.get(*node.place(number % FUNCTIONS))
        except OSError:
            client.close()
            time.sleep(0.001)
        number += 1


def measure(options, folder):
    statics, functions = [], []
    with Node(options.portico, folder / "restart", "[log]\naccess = false\n") as node:
        node.deploy_many(FUNCTIONS, scripts.small)
        for number in range(options.restarts):
            stop = threading.Event()
            load = threading.Thread(target=serving, args=(node, stop))
            load.start()
            time.sleep(0.2)
            node.kill()
            stop.set()
            load.join()
            began = time.perf_counter()
            node.spawn()
            # Anything that is answered: here a path nothing is released at.
            statics.append(until(began, lambda: not node.process.poll() and nothing_there(node)))
            host, path = node.place(number % FUNCTIONS)
            functions.append(until(began, answers(node.port, host, path, f"function {number % FUNCTIONS} ".encode())))
    lines = [row("from the start of the process to the first", "restarts", "p50 ms", "p95 ms", "highest ms"), "|---" * 5 + "|"]
    for name, times in (("answer of any kind", statics), ("answer of a function", functions)):
        lines.append(row(name, len(times), f"{at(times, 50):.0f}", f"{at(times, 95):.0f}", f"{max(times):.0f}"))
        print(lines[-1], flush=True)
    return "## Restart after `kill -9`", f"""The node has {FUNCTIONS} functions and is killed while it serves them; then the process is started again and asked every
0.3 ms. Aim: below 200 ms.""", lines


def nothing_there(node):
    client = Client(node.port, timeout=5)
    try:
        return client.get("p0.test", "/nothing")[0] == 404
    except OSError:
        return False
    finally:
        client.close()
