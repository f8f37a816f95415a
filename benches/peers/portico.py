"""A Portico node of the race: the default configuration, but for what two servers on one machine cannot share."""

import json
import re
import subprocess
import sys
import urllib.request

from servers import SERVER_CORE, Server, free_port, fresh

NAME = "Portico"


class Node(Server):
    """A node with its state in a folder of its own. `settings` (TOML) is what a part of the race is about, and empty otherwise."""

    def __init__(self, folder, binary, settings="", upstream=None, core=SERVER_CORE):
        self.folder, self.binary, self.api = fresh(folder, "portico"), binary, free_port()
        self.state, config, port = self.folder / "state", self.folder / "portico.toml", free_port()
        upstreams = f'[upstreams.origin]\naddress = "127.0.0.1:{upstream}"\n' if upstream else ""
        config.write_text(
            f'state_dir = "{self.state}"\nlisten = ["127.0.0.1:{port}"]\napi_listen = "127.0.0.1:{self.api}"\n{settings}\n{upstreams}')
        super().__init__(NAME, port, [binary, "serve", "--config", config], self.folder, core)
        self.core = core
        self.wait().wait(self.api)

    def again(self):
        """The same node, started once more."""
        self.stop()
        Server.__init__(self, self.name, self.port, self.command, self.folder, self.core)
        return self.wait().wait(self.api)

    def cli(self, *arguments):
        command = [self.binary, *arguments, "--api", f"http://127.0.0.1:{self.api}", "--token-file", str(self.state / "api-token")]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"portico {' '.join(arguments)} failed: {done.stderr}\n{self.tail()}")
        return done.stdout

    def apply(self, project, host, site=None, functions=None, routes=()):
        """Releases a project and binds a host to it. Values of `site` are contents; of `functions`, sources or their full descriptions."""
        described = {name: {"runtime": "node22", **(what if isinstance(what, dict) else {"source": what})} for name, what in (functions or {}).items()}
        manifest = self.folder / f"{project}.json"
        manifest.write_text(json.dumps({
            "project": project,
            "site": {"replace": {path: {"data": data} for path, data in (site or {}).items()}},
            "functions": {"replace": described},
            "routes": {"replace": list(routes)},
        }))
        self.cli("apply", "--manifest", str(manifest), "--project", project)
        self.cli("hosts", "bind", host, "--project", project)

    def metric(self, name):
        """The sum of a metric over its labels; 0 when nothing was counted."""
        token = (self.state / "api-token").read_text().strip()
        call = urllib.request.Request(f"http://127.0.0.1:{self.api}/metrics", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(call, timeout=10) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def function_route(pattern, name):
    return {"pattern": pattern, "target": {"type": "function", "name": name}}
