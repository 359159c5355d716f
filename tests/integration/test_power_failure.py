"""The commit that records a certificate waits for no disk: where a power failure takes it, the signer's audit log gives the certificate back, also if it is downloaded already."""
import itertools
import os
import signal

import pytest

from lab import ledger, wal
from lab.acme_raw import Acme
from lab.certs import load_chain
from lab.csr import make_csr
from lab.roles import ROLES
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

PENDING = 1


@pytest.fixture(name="ca", scope="module")
def ca_fixture(output):
    """A CA that every test starts and stops for itself. It has served once: the first issuance of all is that of its own site, and no test means that one."""
    ca = Xicad(output / "power-ca", resolve_all="127.0.0.1")
    ca.start().stop()
    yield ca
    ca.stop()


_numbers = itertools.count()


@pytest.fixture
def names():
    return [f"power{next(_numbers)}.example.org"]


def _switch_off(ca, serial):
    """All processes at once, and the disk has nothing of the commit that records this certificate, nor of later ones."""
    pids = [ca.daemon.pid] + [pid for role in ROLES for pid in ca.role_pids(role)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    ca.daemon.process.wait(5)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 5, "all are gone")
    question = f"SELECT status FROM certificate WHERE serial = x'{serial.hex()}'"
    assert wal.lose_commits_until(ca.directory / "db" / "xica.db", question, PENDING) > 0


def _serial(certificate):
    return ledger.serial_bytes(certificate.serial_number)


def test_a_downloaded_certificate_is_had_again_and_its_order_is_valid(ca, names):
    with ca.start(), Http01(ca.http01_port) as web:
        account = Acme(ca.directory_url, ca.root_pem).new_account()
        order = account.order(names).prove_all(web)
        answer = order.finalize(make_csr(names)).json()
        leaf = order.download(answer["certificate"]).leaf
        _switch_off(ca, _serial(leaf))
        ca.start()
        assert order.settled() == answer
        assert order.download(answer["certificate"]).leaf == leaf
        assert ca.cli("audit", "verify").returncode == 0
    assert _serial(leaf).hex() in ledger.check_one_story(ca.directory)


def test_it_can_be_revoked_and_renewed_as_any_other(ca, names):
    with ca.start(), Http01(ca.http01_port) as web:
        account = Acme(ca.directory_url, ca.root_pem).new_account()
        leaf = account.issue(names, web).leaf
        _switch_off(ca, _serial(leaf))
        ca.start()
        wait_until(lambda: ledger.rows(ca.directory)[_serial(leaf)][0] == ledger.ISSUED, 20, "it is recorded", 0.1)
        ca.cli("cert", "revoke", "--serial", _serial(leaf).hex(), "--reason", "superseded")
        assert ledger.rows(ca.directory)[_serial(leaf)][0] == ledger.REVOKED
        assert account.issue(names, web).leaf != leaf
    ledger.check_one_story(ca.directory)


def test_what_the_operator_had_issued_is_had_again(ca, names, workdir):
    (workdir / "csr").write_bytes(make_csr(names))
    with ca.start():
        leaf = load_chain(ca.cli("cert", "issue", "--csr", workdir / "csr").stdout)[0]
        _switch_off(ca, _serial(leaf))
        ca.start()
        wait_until(lambda: ledger.rows(ca.directory)[_serial(leaf)][0] == ledger.ISSUED, 20, "it is recorded", 0.1)
    ledger.check_one_story(ca.directory)
