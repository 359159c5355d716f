"""Status at size: OCSP answers, and a CRL of a million entries."""
import json
import sqlite3
import subprocess
import time
import urllib.request
from pathlib import Path

from fill import fill

GROUPING_DELAY = 1  # seconds in which xica gathers revocations for one CRL


def _newest_serial(server):
    return json.loads(server.cli("cert", "list", "--limit", 1, "--json"))["certificates"][0]["serial"]


def _request(server, folder, nonce):
    """The OCSP request for one of the CA's certificates, as a file."""
    issuer = next(Path(server.ca, "ca", "certificates").glob("issuer-*.pem"))
    path = folder / ("fresh.der" if nonce else "kept.der")
    subprocess.run(["openssl", "ocsp", "-issuer", issuer, "-serial", f"0x{_newest_serial(server)}", "-reqout", path, "-nonce" if nonce else "-no_nonce"],
                   check=True, capture_output=True)
    return path


def ocsp(server, count, folder):
    figures = {}
    for kind, number in (("kept", count), ("fresh", count // 4)):
        argv = [server.build / "bench" / "ocsp-load", server.http_port, 16, None, _request(server, folder, kind == "fresh")]
        for argv[3] in (200, number):  # first so that every front keeps it
            before = server.cpu()
            answer = subprocess.run([str(word) for word in argv], check=True, capture_output=True, text=True).stdout
        spent = {role: (seconds - before[role]) / number for role, seconds in server.cpu().items()}
        figures[kind] = {**json.loads(answer), "cpu_us": {role: round(value * 1e6, 2) for role, value in spent.items()},
                         "per_core_second": round(1 / max(sum(spent.values()), 1e-6))}
    return figures


def _crl(server):
    """When the CA's one CRL was made, and its length."""
    issuer = sqlite3.connect(f"file:{server.ca}/db/xica.db?mode=ro", uri=True).execute("SELECT issuer FROM certificate LIMIT 1").fetchone()[0]
    question = urllib.request.Request(f"http://127.0.0.1:{server.http_port}/crl/{issuer}/0.crl", method="HEAD")
    try:
        with urllib.request.urlopen(question) as answer:
            return answer.headers["ETag"], int(answer.headers["Content-Length"])
    except OSError:  # not published yet
        return None, 0


def crl(server, entries):
    """A CA (stopped, with a certificate issued) that has revoked so many, and revokes one more: how long until the CRL is out, and what it took."""
    fill(Path(server.ca, "db", "xica.db"), entries, revoked=True)
    with server, server.watched() as peak:
        _wait_until(lambda: _crl(server)[1] > entries * 20, "the first CRL")
        before, cpu = _crl(server)[0], server.cpu()
        started = time.monotonic()
        server.cli("cert", "revoke", "--serial", _newest_live(server), "--yes")
        _wait_until(lambda: _crl(server)[0] not in (None, before), "the next CRL")
        seconds = time.monotonic() - started
        time.sleep(0.5)  # what follows it
        spent = {role: round(value - cpu[role], 2) for role, value in server.cpu().items()}
        return {"entries": entries, "bytes": _crl(server)[1], "seconds": round(seconds - GROUPING_DELAY, 2), "cpu_seconds": spent,
                "peak_bytes": peak[0]}


def _newest_live(server):
    db = sqlite3.connect(f"file:{server.ca}/db/xica.db?mode=ro", uri=True)
    return db.execute("SELECT lower(hex(serial)) FROM certificate WHERE status = 2 AND order_id IS NOT NULL LIMIT 1").fetchone()[0]


def _wait_until(is_so, what, seconds=300):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise RuntimeError(f"{what} did not come")
        time.sleep(0.02)
