#!/usr/bin/env python3
"""The race: Portico beside the servers that do the same, in one run on one machine. Writes benches/RESULTS.md and benches/plots/.

Each server is pinned to one core and the load to another. The servers of a race all run; they are measured in turn, round
after round, so that a slow minute of the machine hits each of them. Before and after anything is measured, every
server must give the same answer. Only loopback is used, and every server is stopped at the end.
"""

import argparse
import atexit
import os
import pathlib
import pickle
import shutil
import signal
import sys
import tempfile
import time

import floors
import interference
import report
import scale
from races import RACES, half_load, run
from servers import ROOT, stop_all

# What the last run measured.
LAST = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "portico-bench/last.pickle"

PARTS = [*RACES, "latency", "interference", "scale", "floors"]


def parts(text):
    chosen = [part for part in text.split(",") if part]
    unknown = set(chosen) - set(PARTS)
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(f"choose of {', '.join(PARTS)}")
    return chosen


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--portico", metavar="BINARY", help="the release build; without it only the peers race")
    parser.add_argument("--only", type=parts, default=PARTS, metavar="PART,...", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=int, default=3, help="races: length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="races, latency, interference")
    parser.add_argument("--warm", type=int, default=1, help="races: length of the warm-up of each server")
    parser.add_argument("--latency-seconds", type=int, default=2, help="latency, interference: length of one measurement")
    parser.add_argument("--scale-seconds", type=int, default=2, help="scale: length of one measurement")
    parser.add_argument("--scale-warm", type=int, default=1, help="scale: length of a warm-up")
    parser.add_argument("--again", action="store_true", help="only write the report of the last run again, for other words in notes.md")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "benches/RESULTS.md")
    options = parser.parse_args()
    options.portico = options.portico and str(pathlib.Path(options.portico).resolve())
    options.plots = options.out.resolve().parent / "plots"
    options.plots.mkdir(parents=True, exist_ok=True)
    options.load_average = os.getloadavg()[0]
    return options


def race(kind, options, told):
    """One race, and its latencies if they are asked for: their rates come from its figures."""
    running = RACES[kind](options.folder, options)
    result = {"title": running.title, "note": running.note, "commands": [line for server in running.servers for line in server.commands()]}
    # For the latencies alone, one round says enough of what each can.
    result["rows"] = run(running, options, options.rounds if kind in options.only else 1)
    told["races"][kind] = result
    if "latency" in options.only:
        result["latency"] = half_load(running, {row["name"]: row["rate"] for row in result["rows"]}, options)
    running.stop()


def attempt(part, told, what):
    """Does a part of the run. One that fails is told of, and does not cost the others."""
    began = time.monotonic()
    try:
        what()
    except (SystemExit, Exception) as ended:
        if getattr(ended, "code", None) == signal.SIGTERM:
            raise
        told["failed"][part] = str(ended) if isinstance(ended, SystemExit) else f"{type(ended).__name__}: {ended}"
        print(f"FAILED: {part}: {told['failed'][part]}", flush=True)
    finally:
        stop_all()
    print(f"   {part}: {time.monotonic() - began:.0f} s", flush=True)


def main():
    options = arguments()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("the race needs two cores: one for the servers, one for the load")
    if options.again:
        told, options = pickle.loads(LAST.read_bytes())
        options.out.write_text(report.text(told, options))
        return
    options.folder = pathlib.Path(tempfile.mkdtemp(prefix="portico-race-"))
    atexit.register(shutil.rmtree, options.folder, ignore_errors=True)
    atexit.register(stop_all)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(signal.SIGTERM))

    told = {"races": {}, "failed": {}}
    chosen = [kind for kind in RACES if kind in options.only] or (list(RACES) if "latency" in options.only else [])
    for kind in chosen:
        attempt(kind, told, lambda: race(kind, options, told))
    for part, measure in (("interference", interference.measure), ("scale", scale.measure), ("floors", floors.measure)):
        if part in options.only and (options.portico or part != "scale"):
            attempt(part, told, lambda: told.update({part: measure(options.folder, options)}))
    LAST.parent.mkdir(parents=True, exist_ok=True)
    LAST.write_bytes(pickle.dumps((told, options)))
    text = report.text(told, options)
    options.out.write_text(text)
    print(f"\n{text}\nWritten to {options.out}")
    sys.exit(1 if told["failed"] else 0)


if __name__ == "__main__":
    main()
