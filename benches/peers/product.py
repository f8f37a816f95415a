"""The product's own shape: a token, the role that PostgreSQL has for its user, and a function that answers. The rival is what is
usually built for that: nginx in front of a Node.js server with `jose` and `pg`."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import peers
from load import Ask
from portico import function_route
from servers import HERE, LOAD_CORE, PATIENCE_SECONDS, Server, free_port, fresh

USERS = 1_000
ROLE_SECONDS = 60
FUNCTION = """export default (request) => Response.json({
  user: request.headers.get("x-run402-user-id"),
  role: request.headers.get("x-run402-user-role"),
});
"""
NOTE = f"""A request brings a bearer token (ES256, of an issuer whose key both sides have as a local JWK); who serves it verifies the token,
finds the user's role in PostgreSQL (on core {LOAD_CORE}), lets only `admin` pass, and answers JSON with the user and the role. {USERS:,} users with a
token each, in turn (at a fixed rate: one of them). Portico: `requireRole` in front of a function; it remembers tokens it has verified, and roles for {ROLE_SECONDS} s (`cacheTtl`, its
default). The rival: nginx (Debian's defaults, `keepalive` to the upstream) in front of Node.js (`node:http`, `jose`, `pg` with a pool), both on
core 0; as usually written it asks for the role at each request; `roles cached` has a `Map` that keeps them for {ROLE_SECONDS} s. Requests without a token
(401) and of a user with another role (403) are refused by all, which is checked before and after."""


class Postgres(Server):
    """A PostgreSQL of the race's own, on the load's core."""

    def __init__(self, folder):
        bins = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        initdb = bins[-1] / "initdb" if bins else shutil.which("initdb")
        if not initdb:
            sys.exit("initdb is missing: `scripts/setup bench` installs PostgreSQL")
        self.bin, self.folder = pathlib.Path(initdb).parent, fresh(folder, "postgres")
        # It refuses to be root.
        self.demoted = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.demoted:
            shutil.chown(self.folder, "postgres")
        self.run(self.bin / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        port = free_port()
        super().__init__("PostgreSQL", port, [*self.demoted, self.bin / "postgres", "-D", self.folder / "data", "-p", port, "-k", self.folder,
                                              "-h", "127.0.0.1"], folder, core=LOAD_CORE)
        self.wait()
        end = time.monotonic() + PATIENCE_SECONDS
        while self.run(self.bin / "pg_isready", "-h", "127.0.0.1", "-p", port, "-q", must=time.monotonic() > end) != 0:
            time.sleep(0.1)

    def run(self, *command, must=True):
        done = subprocess.run([*self.demoted, *map(str, command)], capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
        if must and done.returncode != 0:
            sys.exit(f"{command[0]} failed: {done.stderr[-1000:]}")
        return done.returncode

    def sql(self, text):
        self.run(self.bin / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qc", text)

    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"


class Setting:
    """A database with users and roles, tokens for them, and the requests."""

    def __init__(self, folder, host):
        users = [f"user-{number}" for number in range(USERS)]
        self.host, self.postgres = host, Postgres(folder)
        rows = ", ".join(f"('{user}', 'admin')" for user in users)
        self.postgres.sql(f"CREATE TABLE members (user_id text PRIMARY KEY, role text); INSERT INTO members VALUES {rows}, ('guest', 'reader')")
        minted = subprocess.run([peers.installed("node"), HERE / "functions/mint.mjs"], input=json.dumps([*users, "guest"]), capture_output=True, text=True)
        if minted.returncode != 0:
            sys.exit(f"no tokens: {minted.stderr}")
        told = json.loads(minted.stdout)
        self.jwk, self.issuer, self.audience = told["jwk"], told["issuer"], told["audience"]
        *tokens, guest = [f"Bearer {token}" for token in told["tokens"]]
        script = folder / "users.lua"
        script.write_text(turns(host, "/me", tokens))
        self.ask = Ask("/me", b'{"user":"user-0","role":"admin"}', fields={"Authorization": tokens[0]}, script=script)
        self.refused = [Ask("/me", None, 401), Ask("/me", None, 403, fields={"Authorization": guest}),
                        # The same user, and a signature that is not of these claims.
                        Ask("/me", None, 401, fields={"Authorization": ".".join([*tokens[0].split(".")[:2], tokens[1].split(".")[2]])})]

    def deploy(self, node):
        role = {"table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"], "cacheTtl": ROLE_SECONDS}
        settings = node.folder / "auth.json"
        settings.write_text(json.dumps({
            "issuers": [{"issuer": self.issuer, "audience": [self.audience], "keys": {"keys": [self.jwk]}}],
            "database": {"url": f"{self.postgres.url()}?sslmode=disable"},
        }))
        node.cli("auth", "set", str(settings), "--project", "race")
        node.apply("race", self.host, functions={"me": {"source": FUNCTION, "requireRole": role}}, routes=[function_route("/me", "me")])

    def rival(self, folder, cached=False):
        """nginx and Node.js, on one core together."""
        told = {"BENCH_JWK": json.dumps(self.jwk), "BENCH_ISSUER": self.issuer, "BENCH_AUDIENCE": self.audience,
                "DATABASE_URL": self.postgres.url(), "NODE_ENV": "production"}
        port, name = free_port(), "nginx + node, roles cached" if cached else "nginx + node"
        behind = Server(f"{name}: node", port, [peers.installed("node"), HERE / "functions/rival.mjs", port, ROLE_SECONDS if cached else 0], folder, env=told).wait()
        return peers.nginx(folder, fresh(folder, "site"), port, name=name, proxied="/", behind=[behind])


def turns(host, path, authorizations):
    """A script for wrk: each request is another user's. They are made beforehand, so that the load stays cheap."""
    listed = ",\n".join(f'"{line}"' for line in authorizations)
    return f"""local lines = {{ {listed} }}
local made, turn = {{}}, 0
init = function()
  for number, line in ipairs(lines) do
    made[number] = wrk.format("GET", "{path}", {{ Host = "{host}", Authorization = line }})
  end
end
request = function()
  turn = turn % #made + 1
  return made[turn]
end
"""
