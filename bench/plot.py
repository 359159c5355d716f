"""The figures as a plot: orders a second over the number of clients, and what an order costs the server, as one SVG without any library."""
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 980, 420, 60, 50, 90
COLOURS = {"signer": "#8c510a", "registrar": "#d8b365", "front": "#5ab4ac", "validator": "#01665e", "others": "#999999"}
SERIES = ["#01665e", "#5ab4ac", "#8c510a", "#d8b365"]


def _text(x, y, text, anchor="middle", size=12, extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {extra}>{escape(str(text))}</text>'


def _bar(x, y, width, height, colour, title):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}" fill="{colour}"><title>{escape(title)}</title></rect>'


def _axis(x, width, most, unit):
    parts = [_text(x, TOP - 12, unit, "start")]
    for step in range(5):
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * step / 4
        parts.append(f'<line x1="{x}" x2="{x + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(_text(x - 6, y + 4, f"{most * step / 4:.4g}", "end", 11))
    return parts


def _rates(results, x, width):
    """Groups of bars: one for each number of clients, a bar for each way."""
    ways = [("assumed, kept", False, "assumed"), ("assumed, new", True, "assumed"), ("http-01, kept", False, "http-01"), ("http-01, new", True, "http-01")]
    runs = {(run["validation"], not run["kept_connections"], run["clients"]): run["orders_per_second"] for run in results["xica"]}
    best = max([run["orders_per_second"] for run in results["pebble"] if run.get("clean")] or [0])
    counts = sorted({run["clients"] for run in results["xica"]})
    most = max([*runs.values(), best * 3, 1]) * 1.05
    parts, scale = _axis(x, width, most, "orders/s, by clients at once"), (HEIGHT - TOP - BOTTOM) / most
    group = width / max(len(counts), 1)
    for number, clients in enumerate(counts):
        for way, (name, new, validation) in enumerate(ways):
            rate = runs.get((validation, new, clients))
            if rate is not None:
                bar = group * 0.8 / len(ways)
                parts.append(_bar(x + group * (number + 0.1) + bar * way, HEIGHT - BOTTOM - rate * scale, bar * 0.9, rate * scale, SERIES[way],
                                  f"{name}, {clients} clients: {rate:.0f}/s"))
        parts.append(_text(x + group * (number + 0.5), HEIGHT - BOTTOM + 16, clients))
    for factor in (1, 3):
        if best:
            y = HEIGHT - BOTTOM - best * factor * scale
            parts.append(f'<line x1="{x}" x2="{x + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b2182b" stroke-dasharray="5 3"/>')
            parts.append(_text(x + width, y - 4, "pebble's best" if factor == 1 else f"{factor} × pebble's best", "end", 11, 'fill="#b2182b"'))
    for way, (name, _, _) in enumerate(ways):
        parts.append(_bar(x + way * 115, HEIGHT - 48, 12, 12, SERIES[way], name) + _text(x + way * 115 + 16, HEIGHT - 38, name, "start", 11))
    return parts


def _costs(results, x, width):
    """One stack for each kept run with assumed validation, of CPU milliseconds by role; and the floor."""
    runs = [run for run in results["xica"] if run["kept_connections"] and run["validation"] == "assumed"]
    floor = results["floor"]["cpu_ms_per_order"]
    most = max([run["cpu_ms_per_order"] for run in runs] + [floor * 3]) * 1.05
    parts, scale, group = _axis(x, width, most, "CPU ms of the server for an order"), (HEIGHT - TOP - BOTTOM) / most, width / max(len(runs), 1)
    for number, run in enumerate(runs):
        y = HEIGHT - BOTTOM
        shares = {role: run["cpu_ms"].get(role, 0) for role in COLOURS if role != "others"}
        shares["others"] = run["cpu_ms_per_order"] - sum(shares.values())
        for role, share in shares.items():
            y -= share * scale
            parts.append(_bar(x + group * (number + 0.2), y, group * 0.6, share * scale, COLOURS[role], f"{role}: {share:.3f} ms"))
        parts.append(_text(x + group * (number + 0.5), HEIGHT - BOTTOM + 16, run["clients"]))
    for factor in (1, 2.5):
        y = HEIGHT - BOTTOM - floor * factor * scale
        parts.append(f'<line x1="{x}" x2="{x + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b2182b" stroke-dasharray="5 3"/>')
        parts.append(_text(x + width, y - 4, "floor" if factor == 1 else f"{factor} × floor", "end", 11, 'fill="#b2182b"'))
    for number, (role, colour) in enumerate(COLOURS.items()):
        parts.append(_bar(x + number * 72, HEIGHT - 48, 12, 12, colour, role) + _text(x + number * 72 + 16, HEIGHT - 38, role, "start", 11))
    return parts


def svg(results):
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#222">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', _text(LEFT - 40, 22, f"xica {results['xica_version']}: {results['machine']}", "start", 14),
             *_rates(results, LEFT, 480), *_costs(results, LEFT + 560, 350), _text(LEFT - 40, HEIGHT - 10, results["date"], "start", 11), "</svg>"]
    return "\n".join(parts) + "\n"
