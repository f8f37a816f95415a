"""Neighbours: what cheap functions feel while another function does its worst."""

import pathlib
import selectors
import socket
import threading
import time

from client import Client
from node import LOAD_CORE, Node
from report import at, row

CHEAP = 8
ATTACKERS = 2
HOSTILE = pathlib.Path(__file__).resolve().parent.parent.parent / "tests/hostile"
ATTACKS = [
    ("an endless loop", "loop-plain"), ("a regular expression that backtracks", "loop-regexp"), ("a growing heap", "heap-objects"),
    ("WebAssembly memories, written to", "wasm-memories"), ("WebAssembly memories, empty", "wasm-memories-empty"),
]
HANDLER = "export default (request) => new Response(`good ${new URL(request.url).pathname}`);\n"


class OpenLoop:
    """Requests at a constant rate, whether or not the ones before are answered. Each counts from the moment it was due."""

    def __init__(self, port, rate):
        self.port, self.rate = port, rate
        self.selector, self.free, self.busy = selectors.DefaultSelector(), [[] for _ in range(CHEAP)], 0
        self.times, self.failed = [], 0

    def run(self, seconds):
        count = int(seconds * self.rate)
        start, sent = time.perf_counter(), 0
        while sent < count or self.busy:
            now = time.perf_counter()
            while sent < count and start + sent / self.rate <= now:
                self.send(sent % CHEAP, start + sent / self.rate)
                sent += 1
            if now > start + seconds + 30:
                self.failed += self.busy
                break
            wait = max(start + sent / self.rate - time.perf_counter(), 0) if sent < count else 0.1
            for key, _ in self.selector.select(wait):
                self.receive(key.fileobj, key.data)
        return self

    def send(self, function, due):
        free = self.free[function]
        connection = free.pop() if free else socket.create_connection(("127.0.0.1", self.port), 10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(f"GET /f{function} HTTP/1.1\r\nHost: cheap.test\r\n\r\n".encode())
        self.selector.register(connection, selectors.EVENT_READ, (function, due))
        self.busy += 1

    def receive(self, connection, data):
        function, due = data
        try:
            # Such a short answer comes in one piece.
            answer = connection.recv(65536)
        except OSError:
            answer = b""
        self.selector.unregister(connection)
        self.busy -= 1
        if answer.startswith(b"HTTP/1.1 200") and answer.endswith(f"good /f{function}".encode()):
            self.times.append((time.perf_counter() - due) * 1e3)
            self.free[function].append(connection)
        else:
            self.failed += 1
            connection.close()


def attack(port, stop, count):
    client = Client(port)
    while not stop.is_set():
        try:
            answer = client.get("attack.test", "/f?attack")[0]
        except OSError:
            client.close()
            answer = "none"
        # What comes later comes of the node's end.
        if not stop.is_set():
            count[answer] = count.get(answer, 0) + 1
        time.sleep(0.02)


def one(options, folder, name):
    """The neighbours' times beside one attack, and how the attacks were answered."""
    with Node(options.portico, folder / f"neighbours-{name}", "[log]\naccess = false\n[functions]\nthreads = 2\n") as node:
        node.deploy("cheap", {f"f{n}": HANDLER for n in range(CHEAP)})
        if name:
            node.deploy("attack", {"f": (HOSTILE / f"{name}.js").read_text()})
        OpenLoop(node.port, options.rate).run(2)
        stop, answered = threading.Event(), {}
        attacks = [threading.Thread(target=attack, args=(node.port, stop, answered), daemon=True) for _ in range(ATTACKERS if name else 0)]
        for thread in attacks:
            thread.start()
        load = OpenLoop(node.port, options.rate).run(options.seconds)
        stop.set()
        alive = node.process.poll() is None
    return load, answered, alive


def measure(options, folder):
    lines = [row("beside", "requests", "p50 ms", "p99 ms", "highest ms", "failed", "answers to the attacks"), "|---" * 7 + "|"]
    for title, name in [("nothing", ""), *ATTACKS]:
        load, answered, alive = one(options, folder, name)
        told = ", ".join(f"{count} x {status}" for status, count in sorted(answered.items(), key=str)) or ""
        lines.append(row(title, len(load.times), f"{at(load.times, 50):.2f}", f"{at(load.times, 99):.2f}", f"{max(load.times):.1f}",
                         load.failed, told + ("" if alive else "; the node did not survive")))
        print(lines[-1], flush=True)
    return "## Neighbours", f"""{CHEAP} functions with {options.rate} requests a second together, open loop, each counted from when it was due, for {options.seconds} s; meanwhile {ATTACKERS} connections
ask a hostile function again and again. Node and attacks share one core, the load is on core {LOAD_CORE}.""", lines
