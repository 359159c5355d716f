#!/usr/bin/python3
"""How much a front spends on OCSP: CPU microseconds a response, kept and freshly signed, by role.

Starts a CA to play with, issues one certificate, asks over a few kept-alive connections, and reads each role's CPU time from /proc: so the numbers hold on a
busy machine too. Run as: bench/ocsp_bench.py [REQUESTS]; the programs are those of build/, or of XICA_BUILD.
"""
import json
import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "integration"))

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.x509 import ocsp  # noqa: E402

from lab.acme_raw import Acme  # noqa: E402
from lab.webserver import Http01  # noqa: E402
from lab.xicad import Xicad  # noqa: E402

CONNECTIONS = 4
ROLES = ("front", "registrar", "signer")


def request_of(issued, nonce):
    builder = ocsp.OCSPRequestBuilder().add_certificate(issued.leaf, issued.chain[1], hashes.SHA1())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def cpu_seconds(ca, role):
    ticks = 0
    for pid in ca.role_pids(role):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def ask(port, body, count):
    """One request at a time, each in one packet; a response is taken for whole when its Content-Length is there."""
    head = f"POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\nContent-Length: {len(body)}\r\n\r\n"
    message = head.encode() + body
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(count):
            connection.sendall(message)
            answer = connection.recv(65536)
            while b"\r\n\r\n" not in answer or len(answer) < whole_length(answer):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200") and len(answer) > 500, answer


def whole_length(answer):
    head, _, _ = answer.partition(b"\r\n\r\n")
    return len(head) + 4 + int(head.lower().partition(b"content-length:")[2].split()[0])


def measure(ca, body, count):
    ask(ca.http_port, body, 16)  # so that every front keeps it
    before = {role: cpu_seconds(ca, role) for role in ROLES}
    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(ca.http_port, body, count // CONNECTIONS)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = {role: (cpu_seconds(ca, role) - before[role]) / count for role in ROLES}
    return {"per_second": round(count / (time.monotonic() - started)), "cpu_us": {role: round(spent[role] * 1e6, 1) for role in ROLES},
            "per_core_second": round(1 / max(sum(spent.values()), 1e-9))}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    with tempfile.TemporaryDirectory(prefix="xica-ocsp-bench-") as folder, Xicad(Path(folder) / "ca", resolve_all="127.0.0.1") as ca:
        with Http01(ca.http01_port) as http01:
            issued = Acme(ca.directory_url, ca.root_pem).new_account().issue(["one.example.org"], http01)
        print(json.dumps({"kept": measure(ca, request_of(issued, False), count), "fresh": measure(ca, request_of(issued, True), count // 4)}, indent=2))


if __name__ == "__main__":
    main()
