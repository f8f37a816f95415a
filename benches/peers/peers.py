"""Who Portico is raced against, each in a configuration that its own documentation or its package gives."""

import os
import shutil
import sys

from servers import HERE, LOAD_CORE, SERVER_CORE, Server, filled, free_port, fresh

PACKAGES = HERE / "node_modules"
BUN = PACKAGES / "@oven/bun-linux-x64/bin/bun"
DENO = PACKAGES / "@deno/linux-x64-glibc/deno"
WORKERD = PACKAGES / "@cloudflare/workerd-linux-64/bin/workerd"
FUNCTIONS = HERE / "functions"

# What its manual offers to a busy server that Debian's file leaves alone: fewer writes of the log, files kept open, connections that last.
NGINX_TUNING = """keepalive_requests 1000000;
  open_file_cache max=10000 inactive=60s;
  open_file_cache_valid 60s;"""
# Debian's defaults have this many; with one file or upstream connection for each, more clients than half of it are refused.
NGINX_CONNECTIONS = 768


def installed(program):
    """Where a program of the system is. Debian keeps servers out of the search path of users."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    return found or sys.exit(f"{program} is missing: `scripts/setup bench` installs it")


def origin(folder, body):
    """What every proxy passes requests to, on the load's core."""
    folder, port = fresh(folder, "origin"), free_port()
    conf = filled("origin.conf", folder, PORT=port, BODY=body.decode())
    return Server("origin", port, [installed("nginx"), "-c", conf, "-e", folder / "error.log"], folder, core=LOAD_CORE).wait()


def nginx(folder, site, passed_on, *, tuned=False, name=None, proxied="= /proxied", behind=()):
    """nginx with Debian's defaults, or with what its manual offers to a busy server."""
    name = name or ("nginx tuned" if tuned else "nginx")
    folder, port = fresh(folder, name.replace(" + ", "-").replace(", ", "-").replace(" ", "-")), free_port()
    conf = filled(
        "nginx.conf", folder, PORT=port, SITE=site, ORIGIN=passed_on, PROXIED=proxied, CONNECTIONS=NGINX_CONNECTIONS,
        LOG=" combined buffer=64k" if tuned else "", TUNING=NGINX_TUNING if tuned else "", POOL="keepalive_requests 1000000;" if tuned else "",
    )
    return Server(name, port, [installed("nginx"), "-c", conf, "-e", folder / "error.log"], folder, behind=behind).wait()


def haproxy(folder, passed_on):
    folder, port = fresh(folder, "haproxy"), free_port()
    privileges = "user haproxy\n  group haproxy" if os.getuid() == 0 else ""
    conf = filled("haproxy.cfg", folder, PORT=port, ORIGIN=passed_on, PRIVILEGES=privileges)
    return Server("haproxy", port, [installed("haproxy"), "-f", conf, "-db"], folder).wait()


def caddy(folder, site, passed_on):
    folder, port = fresh(folder, "caddy"), free_port()
    conf = filled("Caddyfile", folder, PORT=port, SITE=site, ORIGIN=passed_on)
    # It keeps its state in the user's home otherwise.
    env = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return Server("Caddy", port, [installed("caddy"), "run", "--config", conf, "--adapter", "caddyfile"], folder, env=env).wait()


def deno(folder, script="worker.js", core=SERVER_CORE):
    port = free_port()
    return Server("deno serve", port, [DENO, "serve", "--host", "127.0.0.1", "--port", port, FUNCTIONS / script], folder, core).wait()


def bun(folder):
    port = free_port()
    return Server("bun", port, [BUN, FUNCTIONS / "bun.mjs", port], folder).wait()


def node(folder, script="node.mjs", core=SERVER_CORE):
    port = free_port()
    return Server("node", port, [installed("node"), FUNCTIONS / script, port], folder, core).wait()


def workerd(folder, config="config.capnp", core=SERVER_CORE):
    port = free_port()
    return Server("workerd", port, [WORKERD, "serve", FUNCTIONS / config, "--socket-addr", f"http=127.0.0.1:{port}"], folder, core).wait()
