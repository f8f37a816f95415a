"""Where and with what a run was made."""

import os
import pathlib
import re
import subprocess

import peers
from load import OHA


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    return (f"{cpu[1] if cpu else 'unknown CPU'}, {os.cpu_count()} cores, {int(memory[1]) / 1024 / 1024:.0f} GiB, "
            f"{system[1] if system else os.uname().sysname}, Linux {os.uname().release}")


def first_line(*command):
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return "not installed"
    return ((done.stdout + done.stderr).strip().splitlines() or ["unknown"])[0].strip()


def package(name):
    """The version of a Node package that is installed."""
    found = re.search(r'"version":\s*"([^"]+)"', (peers.PACKAGES / name / "package.json").read_text())
    return f"{name} {found[1]}"


def versions(binary):
    postgres = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parent.parent.name))
    return ", ".join([
        *([first_line(binary, "--version")] if binary else []),
        first_line(peers.installed("nginx"), "-v").replace("nginx version: nginx/", "nginx "),
        re.sub(r"^HAProxy version (\S+).*", r"haproxy \1", first_line(peers.installed("haproxy"), "-v")),
        f"Caddy {first_line(peers.installed('caddy'), 'version').split()[0]}",
        first_line(peers.DENO, "--version").split(" (")[0], f"bun {first_line(peers.BUN, '--version')}",
        f"Node.js {first_line(peers.installed('node'), '--version')}", first_line(peers.WORKERD, "--version"), package("jose"), package("pg"),
        re.sub(r"^.*\) (\S+).*", r"PostgreSQL \1", first_line(postgres[-1], "--version")) if postgres else "PostgreSQL",
        first_line("wrk", "-v").split(" [")[0], first_line(OHA, "--version"),
    ])
