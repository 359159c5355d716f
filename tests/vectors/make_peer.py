#!/usr/bin/env python3
"""Makes tests/vectors/peer: a chain for example.org, its root and revocation lists, good until 2045; the keys are thrown away."""
import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
from lab.peer_certs import dns, make_root, srv  # noqa: E402

START, END = datetime(2026, 1, 1), datetime(2045, 1, 1)


def main():
    folder = HERE / "peer"
    folder.mkdir(exist_ok=True)
    root = make_root(start=START, end=END)
    intermediate = root.issue_ca("Example Intermediate", 0, start=START, end=END)
    names = [dns("example.org"), srv("_xmpp-client.example.org"), srv("_xmpp-server.example.org")]
    server = intermediate.issue_server(names, start=START, end=END)
    fallen = intermediate.issue_server([dns("example.org")], start=START, end=END)
    crls = root.crl(start=START, end=END) + intermediate.crl(fallen, start=START, end=END)
    for name, content in {"root": root.pem, "chain": server.pem + intermediate.pem, "revoked": fallen.pem + intermediate.pem, "crls": crls}.items():
        (folder / f"{name}.pem").write_text(content)


if __name__ == "__main__":
    main()
