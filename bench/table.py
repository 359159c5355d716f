"""The one table: every figure of a run, beside what is to be reached."""


def _mb(count):
    return f"{count / 1e6:.0f} MB"


def _verdict(reached):
    return "" if reached is None else "yes" if reached else "NO"


def _load_rows(results):
    rows = []
    for name in ("pebble", "caddy", "xica"):
        for run in results[name]:
            if "failed" in run:
                rows.append([name, run["way"], run["failed"], "", "", "", "", "", ""])
                continue
            steps = [step for step, times in run["steps"].items() if times["count"] and step != "newNonce"]
            rows.append([name, run["way"], f"{run['orders_per_second']:.0f}", f"{run['order']['p50_ms']:.1f}", f"{run['order']['p99_ms']:.1f}",
                         f"{max(run['steps'][step]['p99_ms'] for step in steps):.1f}", f"{run['cpu_ms_per_order']:.2f}", str(run["lost"]),
                         f"{run['server_errors']}/{run['statuses'].get('503', 0)}"])
    return [["server", "way", "orders/s", "order p50 ms", "p99 ms", "worst step p99", "CPU ms/order", "lost", "5xx/503"], *rows]


def _step_rows(results):
    rows = [["xica, step", "p50 ms", "p99 ms", "p99 ms at half load"]]
    run, half = results["steps_of"], results.get("half_load")
    for step, times in run["steps"].items():
        if times["count"]:
            quiet = half["steps"][step] if half else {"count": 0}
            rows.append([step, f"{times['p50_ms']:.2f}", f"{times['p99_ms']:.2f}", f"{quiet['p99_ms']:.2f}" if quiet["count"] else ""])
    return rows


def _role_rows(results):
    return [["xica, role", "CPU ms/order"], *([role, f"{value:.3f}"] for role, value in sorted(results["steps_of"]["cpu_ms"].items(), key=lambda item: -item[1]))]


def verdicts(results):
    """What is to be reached: (what, figure, bound, whether it is)."""
    found = []
    floor = results["floor"]["cpu_ms_per_order"]
    pebble = max([run["orders_per_second"] for run in results["pebble"] if run.get("clean")], default=None)
    best = results["steps_of"]
    if pebble:
        for run in (run for run in results["xica"] if run["kept_connections"] and run["validation"] == "assumed"):
            ratio = run["orders_per_second"] / pebble
            found.append((f"orders/s with {run['clients']} clients, of pebble's best ({pebble:.0f}/s)", f"{ratio:.2f} ×", "3 ×", ratio >= 3 if run["clients"] >= 8 else None))
    ratio = best["cpu_ms_per_order"] / floor
    found.append((f"server CPU per order ({best['cpu_ms_per_order']:.2f} ms), of the floor ({floor:.2f} ms)", f"{ratio:.2f} ×", "2.5 ×", ratio <= 2.5))
    if "double_load" in results:
        double = results["double_load"]
        found.append(("lost orders, and 5xx that are no 503, at twice the sustainable load", f"{double['lost']}, {double['server_errors']}", "0, 0",
                      not double["lost"] and not double["server_errors"] and not double["unavailable_without_retry_after"]))
    if "half_load" in results:
        worst = max(times["p99_ms"] for step, times in results["half_load"]["steps"].items() if times["count"] and step != "newNonce")
        found.append(("worst p99 of a step at half load", f"{worst:.1f} ms", "50 ms", worst < 50))
    if "memory" in results:
        found.append(("memory for each order", f"{results['memory']['bytes_per_order']:.0f} B", "1024 B", results["memory"]["bytes_per_order"] < 1024))
        found.append(("memory of all roles, idle", _mb(results["memory"]["idle_bytes"]), "60 MB", results["memory"]["idle_bytes"] < 60e6))
    for kind in results.get("ocsp", {}):
        rate = results["ocsp"][kind]["per_core_second"]
        found.append((f"OCSP answers per core-second, {kind}", f"{rate}", "20000" if kind == "kept" else "", rate >= 20000 if kind == "kept" else None))
    if "crl" in results:
        crl = results["crl"]
        found.append((f"CRL of {crl['entries']} entries: seconds", f"{crl['seconds']}", "2", crl["seconds"] <= 2))
        found.append((f"CRL of {crl['entries']} entries: peak of all roles", _mb(crl["peak_bytes"]), "300 MB", crl["peak_bytes"] <= 300e6))
    sizes = results.get("sizes", [])
    for size in sizes:
        found.append((f"orders/s with {size['certificates']} certificates in the database", f"{size['orders_per_second']:.0f} (p99 {size['order']['p99_ms']:.0f} ms)", "", None))
    if len(sizes) > 1:
        cost = sizes[-1]["cpu_ms_per_order"] / sizes[0]["cpu_ms_per_order"]
        bound = _log_growth(sizes[0]["certificates"], sizes[-1]["certificates"])
        found.append((f"CPU per order with {sizes[-1]['certificates']}, of that with {sizes[0]['certificates']}", f"{cost:.2f} ×", f"{bound:.2f} × (logarithmic)", cost <= bound))
    return found


def _log_growth(first, last):
    from math import log
    return log(last) / log(first)


def _format(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def text(results):
    floor = results["floor"]
    counted = sum(floor["verifications"].values())
    parts = [f"{results['machine']}, {results['date']}, xica {results['xica_version']}",
             f"floor of an order: {sum(floor['signatures'].values())} signature ({floor['sign_us']} µs) and {counted} verifications ({floor['verify_us']} µs each):"
             f" {floor['cpu_ms_per_order']:.3f} ms of CPU\n  verified: {', '.join(floor['verifications'])}",
             f"what is compared with pebble and the floor: the middle one of {len(floor['rounds'])}, measured in turns",
             _format(_load_rows(results)), _format(_step_rows(results)), _format(_role_rows(results)),
             _format([["to be reached", "measured", "bound", "reached"], *([what, figure, bound, _verdict(reached)] for what, figure, bound, reached in verdicts(results))])]
    return "\n\n".join(parts) + "\n"
