"""What the reports of the benches share."""

import statistics


def at(values, percent):
    """The value below which so many percent are."""
    ordered = sorted(values)
    return statistics.median(ordered) if percent == 50 else ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def row(*cells):
    return f"| {' | '.join(str(cell) for cell in cells)} |"
