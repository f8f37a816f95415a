"""The bars that the project has set itself, and which of them this run meets."""

import races

# What is said of throughput: kind of race, whose figure it is measured by, how many times that, and whether that is a bar.
THROUGHPUT = [
    ("static", "nginx", 1.0, True),
    ("proxy", "nginx", 1.0, True),
    ("function", "deno serve", 1.0, True),
    ("function", "workerd", 5.0, True),
    ("product", "nginx + node", 3.0, True),
    ("static", "nginx tuned", 1.0, False),
    ("proxy", "nginx tuned", 1.0, False),
    ("proxy", "haproxy", 1.0, False),
    ("product", "nginx + node, roles cached", 3.0, False),
]
TITLES = {"static": "static 1 KiB", "proxy": "proxied request", "function": "function", "product": "product's shape"}


def throughput(results):
    """One line for each race that was run: whether it is a bar; what, by whom, the ratio, what is asked for, met or not, a remark."""
    lines = []
    for kind, peer, least, is_bar in THROUGHPUT:
        rows = results.get(kind, {}).get("rows", [])
        own, other = races.own(rows), next((row for row in rows if row["name"] == peer), None)
        if own and other:
            ratio = own["rate"] / other["rate"]
            lines.append((is_bar, f"{TITLES[kind]}, requests per second", peer, f"{ratio:.2f} x", f">= {least:g} x", verdict(ratio >= least), ""))
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
        lines.append((True, f"{TITLES[kind]}, p99 at half load", best["name"], f"{mine:.2f} ms against {theirs:.2f} ms", "<= best peer's", verdict(mine <= theirs),
                      f"at {own['own']['asked']:,.0f} and {best['own']['asked']:,.0f} requests per second"))
        others = [row for row in rows if row is not own and "common" in row]
        best = min(others, key=lambda row: row["common"]["p99"])
        mine, theirs = own["common"]["p99"], best["common"]["p99"]
        lines.append((False, f"{TITLES[kind]}, p99 at one rate for all", best["name"], f"{mine:.2f} ms against {theirs:.2f} ms", "<= best peer's",
                      verdict(mine <= theirs), f"at {own['common']['asked']:,.0f} requests per second"))
    return lines


def verdict(met):
    return "met" if met else "**not met**"
