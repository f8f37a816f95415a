"""Plots as SVG, without anything that would have to be installed."""

import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 300, 64, 26, 34, 46
COLOURS = ["#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#525252"]


def plot(path, title, across, panels, log_across=True):
    """Writes panels side by side. Each is the label of its upward axis and series by name: lists of (x, y)."""
    drawn = [panel(across, up, series, log_across) for up, series in panels]
    names = list(panels[0][1])
    width, height = WIDTH * len(panels), HEIGHT + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             'font-family="system-ui, sans-serif" font-size="11" fill="#222">',
             f"<title>{escape(title)}</title>", f'<rect width="{width}" height="{height}" fill="#fff"/>',
             f'<text x="{width / 2}" y="18" text-anchor="middle" font-size="14">{escape(title)}</text>']
    parts += [f'<g transform="translate({number * WIDTH} 0)">{body}</g>' for number, body in enumerate(drawn)]
    place = LEFT
    for name, colour in zip(names, COLOURS):
        parts.append(f'<circle cx="{place}" cy="{HEIGHT + 10}" r="4" fill="{colour}"/><text x="{place + 9}" y="{HEIGHT + 14}">{escape(name)}</text>')
        place += 30 + 7 * len(name)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def panel(across, up, series, log_across):
    points = [point for line in series.values() for point in line]
    xs = sorted({x for x, _ in points})
    top, step = scale(max(y for _, y in points))
    def at_x(x):
        low, high = (math.log(xs[0]), math.log(xs[-1])) if log_across else (xs[0], xs[-1])
        share = ((math.log(x) if log_across else x) - low) / ((high - low) or 1)
        return LEFT + 8 + share * (WIDTH - LEFT - RIGHT - 16)
    def at_y(y):
        return HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)
    parts = []
    for number in range(round(top / step) + 1):
        y = at_y(number * step)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number * step:,g}</text>')
    for x in xs:
        parts.append(f'<text x="{at_x(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{x:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - BOTTOM + 34}" text-anchor="middle">{escape(across)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(up)}</text>')
    for line, colour in zip(series.values(), COLOURS):
        where = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
    return "".join(parts)


def scale(highest):
    """The end of an axis that begins at 0, and the distance of its marks: 1, 2 or 5 times a power of ten."""
    raw = max(highest, 1e-9) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    return math.ceil(highest / step) * step, step
