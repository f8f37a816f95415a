"""Servers that are started for a race: their processes, what they take, and that none is left behind."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER_CORE, LOAD_CORE, BOTH_CORES = "0", "1", "0,1"
PATIENCE_SECONDS = 30

running = []


class Server:
    """A started server: its name, its port and its process, which may have descendants. `behind` are servers that are part of it:
    they are its to stop, and what they take counts as its own."""

    def __init__(self, name, port, command, folder, core=SERVER_CORE, behind=(), env=None):
        self.name, self.port, self.command, self.behind = name, port, [str(part) for part in command], list(behind)
        self.log = folder / f"{re.sub('[^a-z]+', '-', name.lower())}.log"
        environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", **(env or {})}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", core, *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
            )
        running.append(self)

    def wait(self, port=None):
        """Returns when it takes connections; ends the program when it does not come to that."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port or self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        sys.exit(f"{self.name} did not start: {' '.join(self.command)}\n{self.tail()}")

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self):
        if self in running:
            running.remove(self)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        for part in self.behind:
            part.stop()

    # === What it takes ===

    def pids(self):
        """Its processes and their descendants."""
        parents = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
        found, rest = [], [self.process.pid, *(part.process.pid for part in self.behind)]
        while rest:
            pid = rest.pop()
            found.append(pid)
            rest += parents.get(pid, [])
        return found

    def memory_mib(self):
        """Resident memory."""
        total = 0
        for pid in self.pids():
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += int((re.search(r"^VmRSS:\s+(\d+)", status, re.M) or [0, 0])[1])
        return total / 1024

    def cpu_seconds(self):
        """Processor time until now."""
        ticks = 0
        for pid in self.pids():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def commands(self):
        """How it was started."""
        return [f"{self.name}: {' '.join(self.command)}", *(line for part in self.behind for line in part.commands())]


def stop_all():
    while running:
        running[-1].stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fresh(folder, name):
    """A folder of this name that nobody has yet. Workers that give up root get in."""
    folder.chmod(0o755)
    number = 0
    while True:
        made = folder / (f"{name}-{number}" if number else name)
        number += 1
        try:
            made.mkdir()
        except FileExistsError:
            continue
        made.chmod(0o755)
        return made


def filled(template, folder, **values):
    """Fills @NAMES@ into a template of `conf/` and returns the path of the result."""
    text = (HERE / "conf" / template).read_text()
    for name, value in {"DIR": folder, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / template
    path.write_text(text)
    return path
