"""The gate: what a token and a role cost a function's throughput, against the same function without a gate."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from node import LOAD_CORE, PATIENCE_SECONDS, Node, free_port
from report import row

HANDLER = "export default (request) => new Response(`hello ${new URL(request.url).pathname}`);\n"
ROLE = {"table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"], "cacheTtl": 600}
WAYS = [
    ("no gate", "open", False), ("no gate, with the token", "open", True), ("`requireAuth`", "signed-in", True),
    ("`requireRole`, from PostgreSQL", "admin", True),
]


class Postgres:
    """A PostgreSQL of the bench's own, on the load's core."""

    def __init__(self, folder, users):
        bins = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.bin = bins[-1] if bins else pathlib.Path(shutil.which("initdb") or sys.exit("this needs PostgreSQL")).parent
        self.folder, self.port, self.process = folder, free_port(), None
        self.folder.mkdir()
        self.as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.as_postgres:
            shutil.chown(self.folder, "postgres")
            for parent in list(self.folder.parents)[:1]:
                parent.chmod(0o755)
        self.run(self.bin / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.process = subprocess.Popen(
            [*self.as_postgres, self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.run(self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1", tries=PATIENCE_SECONDS)
        rows = ", ".join(f"('{user}', 'admin')" for user in users)
        self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-qc",
                 f"CREATE TABLE members (user_id text PRIMARY KEY, role text); INSERT INTO members VALUES {rows}")

    def run(self, *command, tries=1):
        for attempt in range(tries):
            done = subprocess.run([*self.as_postgres, *command], capture_output=True, text=True, cwd="/")
            if done.returncode == 0:
                return
            if attempt + 1 < tries:
                subprocess.run(["sleep", "0.5"], check=False)
        sys.exit(f"{command[0]} failed: {done.stderr[-1000:]}")

    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def script(folder, tokens):
    """Lua for wrk: each request is another user's."""
    path = folder / "users.lua"
    listed = ", ".join(f'"Bearer {token}"' for token in tokens)
    path.write_text(f"local tokens = {{ {listed} }}\nlocal turn = 0\nrequest = function()\n  turn = turn % #tokens + 1\n"
                    "  wrk.headers['Authorization'] = tokens[turn]\n  return wrk.format()\nend\n")
    return path


def rate(options, port, path, lua, seconds):
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{seconds}s", "-H", "Host: gate.test", *(["-s", lua] if lua else []),
               f"http://127.0.0.1:{port}/{path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(f"the load got errors:\n{done.stdout}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def measure(options, folder):
    users = [f"user-{number}" for number in range(options.users)]
    postgres = Postgres(folder / "postgres", users)
    try:
        with Node(options.portico, folder / "gate", "[log]\naccess = false\n[functions]\nthreads = 1\n") as node:
            settings = node.folder / "auth.json"
            settings.write_text(json.dumps({"database": {"url": postgres.url()}}))
            node.cli("auth", "set", str(settings), "--project", "gate")
            node.deploy("gate", {"open": HANDLER, "signed-in": HANDLER, "admin": HANDLER},
                        {"signed-in": {"requireAuth": True}, "admin": {"requireRole": ROLE}})
            tokens = [json.loads(node.cli("token", "--user", user, "--project", "gate"))["token"] for user in users]
            lua = script(folder, tokens)
            for _, path, with_token in WAYS:
                rate(options, node.port, path, lua if with_token else None, 2)
            rates = {title: [] for title, _, _ in WAYS}
            # In turns, so that what the machine does besides meets all of them.
            for _ in range(options.gate_rounds):
                for title, path, with_token in WAYS:
                    rates[title].append(rate(options, node.port, path, lua if with_token else None, options.gate_seconds))
            queries = node.metric("portico_role_lookups_total")
    finally:
        postgres.stop()
    middle = {title: sorted(each)[len(each) // 2] for title, each in rates.items()}
    lines = [row("function", "requests/s, median", "lowest to highest", "of the ungated"), "|---" * 4 + "|"]
    for title, each in rates.items():
        lines.append(row(title, f"{middle[title]:.0f}", f"{min(each):.0f} to {max(each):.0f}", f"{middle[title] / middle['no gate']:.2f}"))
        print(lines[-1], flush=True)
    return "## Gates", f"""The same function, with and without a gate; {options.users} users with a token each (ES256), one after the other, {options.connections} connections (wrk), {options.gate_rounds} rounds of
{options.gate_seconds} s in turns; PostgreSQL on core {LOAD_CORE}, asked {queries:.0f} times for a role in all.""", lines
