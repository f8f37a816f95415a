"""Results as tables (Markdown)."""

import bars
import races

BARS = {(kind, peer): least for kind, peer, least, is_bar in bars.THROUGHPUT if is_bar}


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def head(*titles):
    return [row(*titles), "|---" * len(titles) + "|"]


def summary(results):
    lines = [*bars.throughput(results), *bars.latency(results)]
    if not lines:
        return ""
    parts = ["## Bars"]
    for is_bar, told in ((True, ""), (False, "The same measured by others, for comparison. These are no bars.")):
        chosen = [row(*line) for wanted, *line in lines if wanted == is_bar]
        if chosen:
            parts += [*(["", told] if told else []), "", *head("what", "against", "Portico is", "asked for", "", ""), *chosen]
    return "\n".join(parts)


def throughput(kind, result):
    rows = sorted(result["rows"], key=lambda one: -one["rate"])
    own = races.own(rows)
    lines = [*head("server", "req/s (lowest to highest round)", "p50 ms", "p99 ms", "core used", "us of it each", "memory MiB", "Portico is", "bar")]
    for one in rows:
        ratio, bar = "", ""
        if own and one is not own:
            share = own["rate"] / one["rate"]
            ratio, least = f"{share:.2f} x", BARS.get((kind, one["name"]))
            bar = f">= {least:g} x: {bars.verdict(share >= least)}" if least else ""
        name = f"**{one['name']}**" if one is own else one["name"]
        lines.append(row(name, f"{one['rate']:,.0f} ({one['low']:,.0f} to {one['high']:,.0f})", f"{one['p50']:.2f}", f"{one['p99']:.2f}",
                         f"{one['busy'] * 100:.0f} %", f"{one['cost']:.1f}", f"{one['memory']:.0f}", ratio, bar))
    return lines


def latency(result):
    """At half of each server's own capacity, and at one rate for all."""
    own = races.own(result["latency"])
    lines = [*head("server", "at half load: req/s", "p50 ms", "p99 ms", "p99.9 ms", "oha's core", "at one rate: req/s", "p50 ms", "p99 ms", "p99.9 ms")]
    for one in sorted(result["latency"], key=lambda one: one["own"]["p99"]):
        cells = []
        for which in ("own", "common"):
            at = one.get(which)
            cells += [answered(at), *(f"{at[name]:.2f}" for name in ("p50", "p99", "p99.9"))] if at else [""] * 4
            if which == "own":
                cells.append(f"{at['load'] * 100:.0f} %")
        lines.append(row(f"**{one['name']}**" if one is own else one["name"], *cells))
    return lines


def answered(at):
    """The rate, and what became of it when the server or the load could not keep up."""
    short = at["answered"] < 0.97 * at["asked"]
    return f"{at['asked']:,.0f}" + (f" ({at['answered']:,.0f} answered)" if short else "")


def race(kind, result):
    lines = [f"## {result['title']}", ""]
    if result["note"]:
        lines += [result["note"], ""]
    if result["rows"]:
        lines += throughput(kind, result)
    if result.get("latency"):
        lines += ["", "Latency at a fixed rate, each request counted from when it was due:", "", *latency(result)]
    return "\n".join(lines)


def interference(result, told):
    lines = ["## A function that computes, beside a cheap one", "", told, "",
             *head("server", "cheap alone: p50 ms", "p99 ms", "p99.9 ms", "beside: p50 ms", "p99 ms", "p99.9 ms", "the other's p50 ms")]
    for one in sorted(result["rows"], key=lambda one: one["beside"]["p99"]):
        name = f"**{one['name']}**" if one["name"] == races.NAME else one["name"]
        figures = [one[which][at] for which in ("alone", "beside") for at in ("p50", "p99", "p99.9")]
        lines.append(row(name, *(f"{figure:.2f}" for figure in figures), f"{one['beside']['busy']:.1f}"))
    return "\n".join(lines)


def scale(results, method):
    parts = [f"## Scale\n\n{method}"]
    for one in results:
        titles = [f"{line}: {what}" for line in one["lines"] for what in ("req/s", "us each")]
        lines = head(one["across"], *titles)
        for x in next(iter(one["lines"].values())):
            lines.append(row(f"{x:,}", *(cell for by in one["lines"].values() for cell in (f"{by[x]['rate']:,.0f}", f"{by[x]['cost']:.1f}"))))
        parts.append("\n".join([f"### {one['title']}", "", one["told"], "", f"![{one['title']}](plots/{one['plot'].name})", "", *lines]))
    return "\n\n".join(parts)


def floors(result, told):
    lines = ["## Floors", "", told, "", *head("program", "req/s (lowest to highest round)", "us of the core each")]
    for one in result["rows"]:
        lines.append(row(one["name"], f"{one['rate']:,.0f} ({one['low']:,.0f} to {one['high']:,.0f})", f"{one['cost']:.1f}"))
    return "\n".join(lines)
