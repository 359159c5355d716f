"""`xica cert revoke` of ten thousand certificates: one command, that shows how far it is, and goes on where it was broken off."""
import json
import os
import pty
import re
import sqlite3
import subprocess
import threading

import pytest
import requests
from cryptography import x509

from lab import certs
from lab.acme_raw import Acme
from lab.paths import BUILD
from lab.rows import add_certificates
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

MANY = 10000


@pytest.fixture
def full(workdir):
    """A CA with MANY certificates of one account beside one that was really issued."""
    ca = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    with ca.start(), Http01(ca.http01_port) as http01:
        account = Acme(ca.directory_url, ca.root_pem).new_account()
        ca.issued = account.issue(["many.example.org"], http01)
        ca.bystander = Acme(ca.directory_url, ca.root_pem).new_account().issue(["bystander.example.org"], http01)
    ca.number = account.url.rsplit("/", 1)[1]
    ca.serials = {int(serial, 16) for serial in add_certificates(ca.directory, ca.issued.leaf.serial_number, MANY)} | {ca.issued.leaf.serial_number}
    with ca.start():
        yield ca


def _words(ca, *more):
    return [str(word) for word in (BUILD / "xica", "cert", "revoke", "--account", ca.number, "--reason", "cessationOfOperation", "--dev", ca.directory, *more)]


def _on_terminal(words):
    """Runs a command whose standard error is a terminal; returns (exit code, standard output, what the terminal saw)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    seen = b""
    try:
        while block := os.read(ours, 4096):
            seen += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    reader.join(60)
    return process.wait(60), output[0], seen.decode(errors="replace")


def _bars(seen):
    return [(int(done), int(total)) for done, total in re.findall(r"\r\[[# ]{40}\] (\d+) of (\d+)", seen)]


def _revoked(ca):
    database = sqlite3.connect(f"file:{ca.directory}/db/xica.db?mode=ro", uri=True, timeout=20)
    try:
        return {int(serial.hex(), 16) for serial, in database.execute("SELECT serial FROM certificate WHERE status = 4")}
    finally:
        database.close()


def test_ten_thousand_are_revoked_by_one_command_that_shows_how_far_it_is(full):
    code, output, seen = _on_terminal(_words(full, "--yes", "--json"))
    assert code == 0, seen
    assert {int(serial, 16) for serial in json.loads(output)["revoked"]} == full.serials == _revoked(full)
    bars = _bars(seen)
    assert len(bars) > 20 and bars == sorted(bars) and bars[-1] == (MANY + 1, MANY + 1)

    def listed():
        crl = x509.load_der_x509_crl(requests.get(certs.crl_urls(full.issued.leaf)[0], timeout=20).content)
        return {entry.serial_number for entry in crl} == full.serials
    wait_until(listed, 30, "all of them stand on the CRL, and nothing else", 0.5)
    again = full.cli("cert", "revoke", "--account", full.number, "--yes", check=False)
    assert again.returncode == 0 and f"{MANY + 1} revoked already" in again.stdout and "[#" not in again.stdout
    assert full.cli("audit", "verify", full.directory / "audit.log").returncode == 0


def test_what_was_broken_off_is_gone_on_with(full):
    full.stop()
    full.start(extra=["--crash-at", "registrar:after-revocation-commit"])  # of the first portion, of which nobody is told
    code, _, seen = _on_terminal(_words(full, "--yes"))
    assert code == 1
    (done,) = re.findall(rf"(\d+) of {MANY + 1} certificates are revoked; run this again for the others", seen)
    wait_until(lambda: full.cli("health", check=False).returncode == 0, 20, "the registrar answers again", 0.2)
    before = _revoked(full)
    assert int(done) == 0 < len(before) < MANY and before < full.serials
    second = json.loads(full.cli("cert", "revoke", "--account", full.number, "--yes", "--json").stdout)
    assert {int(serial, 16) for serial in second["revoked"]} == full.serials - before and second["already_revoked"] == len(before)
    assert _revoked(full) == full.serials


def test_whoever_says_no_revokes_nothing(full):
    done = subprocess.run(_words(full), input="n\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and f"revokes {MANY + 1} certificates" in done.stderr and not _revoked(full)
