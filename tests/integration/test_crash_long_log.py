"""kill -9 in a CA whose audit log is long: what may have been signed is looked for in it, and nobody's certificate is lost or made twice meanwhile."""
import hashlib
import re
import threading

import pytest

from lab import certs, ledger, persistent
from lab.acme_raw import Acme
from lab.webserver import Http01
from lab.xicad import Xicad

LINES, LINE = 100, 1_000_000
APPLICANTS = 8


def _lengthen(log):
    """Lines of somebody's acts, as long as a line may be, each following from the one before."""
    previous = hashlib.sha256(log.read_bytes().splitlines()[-1]).hexdigest()
    with log.open("ab") as file:
        for _ in range(LINES):
            body = f'{{"previous":"{previous}","time":"2026-05-04T03:02:01Z","kind":"operator","by":"{"x" * LINE}"'.encode()
            line = body + b',"digest":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
            previous = hashlib.sha256(line).hexdigest()
            file.write(line + b"\n")


@pytest.fixture(scope="module")
def old_ca(output):
    ca = Xicad(output / "old-ca", resolve_all="127.0.0.1")
    ca.start().stop()
    _lengthen(ca.directory / "audit.log")
    yield ca
    ca.stop()


def _issue_at_once(ca, http01, word):
    """A certificate for each of several applicants, who don't give up. The errors, and what was issued."""
    issued, errors = [], []

    def work(number):
        try:
            acme = persistent.again(lambda: Acme(ca.directory_url, ca.root_pem))
            issued.append(persistent.issue(acme, [f"{word}-{number}.example.org"], http01))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(APPLICANTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(45)
    return errors, {ledger.serial_bytes(certs.load_chain(pem)[0].serial_number).hex() for pem in issued}


def _searches(ca):
    return re.findall(r'searched for what may have been signed" found=(\d+) not_signed=(\d+)', ca.log.read_text())


@pytest.mark.parametrize("point, found, not_signed", [
    ("registrar:after-serial-commit", False, False),  # the signer has it prepared still, and need not look
    ("signer:before-sign", False, True),
    ("signer:after-sign", False, True),
    ("signer:after-audit", True, False),
    ("registrar:after-issue", True, False),
])
def test_whoever_was_under_way_gets_one_certificate(old_ca, point, found, not_signed):
    before = len(_searches(old_ca))
    with old_ca.start(extra=["--crash-at", point]), Http01(old_ca.http01_port) as http01:
        errors, issued = _issue_at_once(old_ca, http01, point.replace(":", "-"))
    assert errors == []
    assert len(issued) == APPLICANTS
    assert issued <= ledger.check_one_story(old_ca.directory)
    searches = _searches(old_ca)[before:]
    assert any(int(count) for count, _ in searches) or not found
    assert any(int(count) for _, count in searches) or not not_signed
