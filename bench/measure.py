"""Loads a server and says how it bore it: figures of acme-load, with the server's CPU and memory by role."""
import json
import subprocess

CSRS_PER_SECOND = 2500  # made ahead: more than any server here takes


def load(server, clients, seconds, *, accounts=None, new_connections=False, rate=None, orders=None, prefix="load"):
    """One run of acme-load; returns its figures, with `cpu_ms` by role and `memory` growth in bytes for each order."""
    argv = [*server.load_argv(), "--clients", clients, "--orders", orders or CSRS_PER_SECOND * seconds, "--prefix", prefix, "--hold"]
    argv += ["--seconds", seconds] if seconds else []
    argv += ["--accounts", accounts] if accounts else []
    argv += ["--new-connections"] if new_connections else []
    argv += ["--rate", rate] if rate else []
    with subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as generator:
        first = generator.stdout.readline()
        if first != "ready\n":
            raise RuntimeError(f"acme-load against {server.directory}: {generator.communicate()[1]}")
        cpu, memory = server.cpu(), server.memory()
        try:
            output, errors = generator.communicate("\n", timeout=3 * seconds + 30 if seconds else 600)
        except subprocess.TimeoutExpired:
            generator.kill()
            raise RuntimeError("answers no more") from None
    if not output:
        raise RuntimeError(f"acme-load against {server.directory}: {errors}")
    figures = json.loads(output)
    count = max(figures["orders"], 1)
    spent = {role: seconds_of - cpu.get(role, 0) for role, seconds_of in server.cpu().items()}
    figures["cpu_ms"] = {role: round(value * 1000 / count, 3) for role, value in spent.items()}
    figures["cpu_ms_per_order"] = round(sum(spent.values()) * 1000 / count, 3)
    figures["memory_bytes_per_order"] = round((server.memory() - memory) / count, 1)
    figures["generator_ms_per_order"] = round(figures["generator_cpu_seconds"] * 1000 / count, 3)
    return figures


def middle(rows, figure):
    """That of several rows whose figure is the median; `rounds` lists the figures of all. Of rows that failed only where all did."""
    whole = sorted((row for row in rows if figure in row), key=lambda row: row[figure])
    return (whole[len(whole) // 2] if whole else rows[0]) | {"rounds": [row.get(figure) for row in rows]}


# What an order cannot do without, by design of the server: RFC 8555's signed requests, the evidence that the signer looks at itself, and what it signs.
VERIFICATIONS = {"newOrder": 1, "authorization": 1, "challenge": 1, "finalize": 1, "download": 1, "finalize, by the signer": 1, "CSR": 1,
                 "certificate, before it goes out": 1}
SIGNATURES = {"certificate": 1}


def floor(seconds):
    """CPU of those, from `openssl speed` now and here."""
    output = subprocess.run(["openssl", "speed", "-mr", "-seconds", str(seconds), "ecdsap256"], check=True, capture_output=True, text=True).stdout
    fields = next(line for line in output.splitlines() if line.startswith("+F4")).split(":")
    sign, verify = 1 / float(fields[3]), 1 / float(fields[4])  # seconds of CPU each
    total = sum(SIGNATURES.values()) * sign + sum(VERIFICATIONS.values()) * verify
    return {"sign_us": round(sign * 1e6, 2), "verify_us": round(verify * 1e6, 2), "signatures": SIGNATURES, "verifications": VERIFICATIONS,
            "cpu_ms_per_order": round(total * 1000, 4)}
