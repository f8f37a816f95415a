"""A Portico process of the bench: its folder, its ports, what is deployed to it, and what the system says of it."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

SERVER_CORE, LOAD_CORE = 0, 1
# A function has one route here, and a release has at most a hundred.
FUNCTIONS_PER_PROJECT = 50
PATIENCE_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """A node on one core, with the default configuration but for `settings` (TOML)."""

    def __init__(self, binary, folder, settings=""):
        self.binary, self.folder = str(binary), pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port, self.api = free_port(), free_port()
        self.state, self.process = self.folder / "state", None
        self.config = self.folder / "portico.toml"
        self.config.write_text(
            f'state_dir = "{self.state}"\nlisten = ["127.0.0.1:{self.port}"]\napi_listen = "127.0.0.1:{self.api}"\n{settings}\n')

    # === Life ===

    def spawn(self):
        """Starts the process and does not wait for it."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--config", str(self.config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}))

    def start(self):
        self.spawn()
        end = time.monotonic() + PATIENCE_SECONDS
        for port in (self.port, self.api):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if time.monotonic() > end or self.process.poll() is not None:
                        sys.exit(f"the node did not start:\n{self.log()[-2000:]}")
                    time.sleep(0.01)
        return self

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
            self.kill()

    def restart(self):
        self.stop()
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    # === What it serves ===

    def cli(self, *arguments):
        command = [self.binary, *arguments, "--api", f"http://127.0.0.1:{self.api}", "--token-file", str(self.state / "api-token")]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"portico {' '.join(arguments)} failed: {done.stderr[-2000:]}\n{self.log()[-2000:]}")
        return done.stdout

    def deploy(self, project, sources, more=None):
        """Deploys functions by name; they answer at `PROJECT.test/NAME`. `more` has further fields of some."""
        more = more or {}
        manifest = self.folder / f"{project}.json"
        manifest.write_text(json.dumps({
            "project": project,
            "functions": {"replace": {name: {"runtime": "node22", "source": source, **more.get(name, {})} for name, source in sources.items()}},
            "routes": {"replace": [{"pattern": f"/{name}", "target": {"type": "function", "name": name}} for name in sources]},
        }))
        self.cli("apply", "--manifest", str(manifest), "--project", project)
        self.cli("hosts", "bind", f"{project}.test", "--project", project)

    def deploy_many(self, count, source):
        """Deploys `source(number)` for each number below `count`, over several projects."""
        for first in range(0, count, FUNCTIONS_PER_PROJECT):
            numbers = range(first, min(first + FUNCTIONS_PER_PROJECT, count))
            self.deploy(f"p{first // FUNCTIONS_PER_PROJECT}", {f"f{number}": source(number) for number in numbers})

    @staticmethod
    def place(number):
        """Host and path of a function that `deploy_many` deployed."""
        return f"p{number // FUNCTIONS_PER_PROJECT}.test", f"/f{number}"

    # === What it takes ===

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def proc(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text()

    def memory_mib(self):
        """Resident, proportional and private dirty memory."""
        rollup = self.proc("smaps_rollup")
        return {name: int(re.search(rf"^{name}:\s+(\d+)", rollup, re.M)[1]) / 1024 for name in ("Rss", "Pss", "Private_Dirty")}

    def cpu_seconds(self):
        """Processor time of all threads, those that have ended included, by the scheduler's clock."""
        return sum(int(task.read_text().split()[0]) for task in self.tasks("schedstat")) / 1e9

    def tasks(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/task").glob(f"*/{name}")

    def metric(self, name):
        """The sum of a metric over its labels; 0 when nothing was counted."""
        token = (self.state / "api-token").read_text().strip()
        call = urllib.request.Request(f"http://127.0.0.1:{self.api}/metrics", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(call, timeout=10) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))
