"""The bars that the project has set itself, and which of them this run meets."""

import races

# Races with a bar on throughput: kind, whose figure it is measured by, how many times that is asked for, what else is to be known.
THROUGHPUT = [
    ("static", "nginx", 1.0, ""),
    ("static", "nginx tuned", 1.0, "no bar: for comparison"),
    ("proxy", "nginx", 1.0, ""),
    ("proxy", "nginx tuned", 1.0, "no bar: for comparison"),
    ("proxy", "haproxy", 1.0, "no bar: for comparison"),
    ("function", "deno serve", 1.0, ""),
    ("function", "workerd", 5.0, ""),
    ("product", "nginx + node", 3.0, ""),
    ("product", "nginx + node, roles cached", 3.0, "no bar: for comparison"),
]
TITLES = {"static": "static 1 KiB", "proxy": "proxied request", "function": "function", "product": "product's shape"}


def throughput(results):
    """One line for each bar whose race was run: what, by whom, the ratio, what is asked for, met or not, a remark."""
    lines = []
    for kind, peer, least, remark in THROUGHPUT:
        rows = results.get(kind, {}).get("rows", [])
        own, other = races.own(rows), next((row for row in rows if row["name"] == peer), None)
        if own and other:
            ratio = own["rate"] / other["rate"]
            lines.append((f"{TITLES[kind]}, requests per second", peer, f"{ratio:.2f} x", f">= {least:g} x", verdict(ratio >= least), remark))
    return lines


def latency(results):
    """p99 at half of one's own load against the best peer's, and at one rate for all."""
    lines = []
    for kind, result in results.items():
        rows = result.get("latency", [])
        own = races.own(rows)
        if not own or len(rows) < 2:
            continue
        best = min((row for row in rows if row is not own), key=lambda row: row["own"]["p99"])
        mine, theirs = own["own"]["p99"], best["own"]["p99"]
        lines.append((f"{TITLES[kind]}, p99 at half load", best["name"], f"{mine:.2f} ms against {theirs:.2f} ms", "<= best peer's", verdict(mine <= theirs),
                      f"at {own['own']['asked']:,.0f} and {best['own']['asked']:,.0f} requests per second"))
        others = [row for row in rows if row is not own and "common" in row]
        best = min(others, key=lambda row: row["common"]["p99"])
        mine, theirs = own["common"]["p99"], best["common"]["p99"]
        lines.append((f"{TITLES[kind]}, p99 at one rate for all", best["name"], f"{mine:.2f} ms against {theirs:.2f} ms", "<= best peer's",
                      verdict(mine <= theirs), f"no bar: for comparison; at {own['common']['asked']:,.0f} requests per second"))
    return lines


def verdict(met):
    return "met" if met else "**not met**"
