"""kill -9 at any moment: the role is back within a second, others go on, and every signature stands on record."""
import itertools
import os
import signal
import threading

import pytest

from lab import certs, ledger, persistent
from lab.acme_raw import Acme
from lab.process import run
from lab.roles import ROLES
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

POINTS = ["registrar:before-prepare", "registrar:after-prepare", "registrar:after-serial-commit", "registrar:after-issue",
          "registrar:after-certificate-commit", "signer:after-prepare", "signer:before-sign", "signer:after-sign", "signer:after-audit",
          "validator:before-connect", "validator:after-proof", "front:before-forward", "front:before-reply"]


@pytest.fixture(scope="module")
def crashing_ca(output):
    """A CA that every test here starts and stops for itself; its state goes on from test to test. It has served once: the first issuance of all is
    that of its own site, and no test means that one."""
    ca = Xicad(output / "crashing-ca", resolve_all="127.0.0.1")
    ca.start().stop()
    yield ca
    ca.stop()


_numbers = itertools.count()


@pytest.fixture
def names():
    number = next(_numbers)
    return [f"crash{number}.example.org", f"conference.crash{number}.example.org"]


def _serial(pem):
    return ledger.serial_bytes(certs.load_chain(pem)[0].serial_number).hex()


@pytest.mark.parametrize("point", POINTS)
def test_a_role_that_dies_at_this_point_leaves_no_certificate_or_a_recorded_one(crashing_ca, names, point):
    ca, role = crashing_ca, point.split(":")[0]
    with ca.start(extra=["--crash-at", point]), Http01(ca.http01_port) as http01:
        before = set(ca.role_pids(role))
        pem = persistent.issue(Acme(ca.directory_url, ca.root_pem), names, http01)
        wait_until(lambda: len(ca.role_pids(role)) == len(before), 2, f"{role} is back", 0.05)
        assert set(ca.role_pids(role)) != before, f"{role} passed {point} and did not crash"
    assert _serial(pem) in ledger.check_one_story(ca.directory)


def test_the_points_are_listed_by_crash_at_help(crashing_ca):
    listed = run([*crashing_ca.argv, "--crash-at", "help"], check=False).stdout
    assert {line.strip() for line in listed.splitlines()} >= set(POINTS)


class _Load:
    """Applicants who issue one certificate after the other until they are told to stop."""

    def __init__(self, ca, http01, applicants=4):
        self._ca, self._http01 = ca, http01
        self._end = threading.Event()
        self.issued, self.errors = [], []
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(applicants)]

    def _work(self, number):
        acme = persistent.again(lambda: Acme(self._ca.directory_url, self._ca.root_pem))
        for round_number in range(1000):
            if self._end.is_set():
                return
            try:
                name = f"load-{next(_numbers)}-{number}-{round_number}.example.org"
                self.issued.append(persistent.issue(acme, [name], self._http01))
            except Exception as error:
                self.errors.append(error)
                return

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join(45)


def _wait_for_more(load, count, what):
    """Until `count` more certificates are issued, or an applicant gave up."""
    wanted = len(load.issued) + count
    wait_until(lambda: len(load.issued) >= wanted or load.errors, 20, what)


def test_every_role_that_is_killed_under_load_is_back_within_a_second_and_nothing_is_lost(crashing_ca):
    ca = crashing_ca
    with ca.start(), Http01(ca.http01_port) as http01:
        with _Load(ca, http01) as load:
            for role in ROLES:
                _wait_for_more(load, 1, "the applicants are at work")
                assert ca.kill(role) < 1.0, role
                _wait_for_more(load, 3, f"work goes on after {role} died")
        assert load.errors == []
    assert {_serial(pem) for pem in load.issued} <= ledger.check_one_story(ca.directory)


@pytest.mark.parametrize("role", ["registrar", "validator", "signer", "mailer", "login"])
def test_the_front_answers_while_another_role_is_away(crashing_ca, role):
    ca = crashing_ca
    with ca.start():
        acme = Acme(ca.directory_url, ca.root_pem)
        stopped = ca.role_pids(role)[0]
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert acme.nonce()
            assert acme.get(acme.directory_url).status_code == 200
        finally:
            os.kill(stopped, signal.SIGCONT)


def test_when_the_parent_is_killed_its_roles_end_too(crashing_ca):
    ca = crashing_ca
    with ca.start():
        roles = [pid for role in ROLES for pid in ca.role_pids(role)]
        assert len(roles) >= 4
        ca.kill("parent")
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in roles), 5, "the roles are gone")


def test_everything_killed_at_once_under_load_tells_one_story_after_the_restart(crashing_ca):
    ca = crashing_ca
    with ca.start(), Http01(ca.http01_port) as http01:
        load = _Load(ca, http01).__enter__()
        _wait_for_more(load, 4, "the applicants are at work")
        pids = [ca.daemon.pid] + [pid for role in ROLES for pid in ca.role_pids(role)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        ca.daemon.process.wait(5)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 5, "all are gone")
        ca.start()
        _wait_for_more(load, 3, "the applicants go on after the restart")
        load.__exit__()
        assert load.errors == []
    assert {_serial(pem) for pem in load.issued} <= ledger.check_one_story(ca.directory)
