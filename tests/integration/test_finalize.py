"""Between finalize and the commit that takes a serial the order is still ready: what happens there to it, and to the roles, makes no second certificate and loses none."""
import contextlib
import datetime
import itertools
import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509

from lab import certs, ledger, persistent
from lab.acme_raw import Acme, problem
from lab.csr import make_csr, new_key
from lab.jws import b64
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


@pytest.fixture(scope="module")
def own(output):
    ca = Xicad(output / "finalize-ca", resolve_all="127.0.0.1")
    with ca.start():
        yield ca


@pytest.fixture(scope="module")
def web(own):
    with Http01(own.http01_port) as http01:
        yield http01


@pytest.fixture
def account(own):
    return Acme(own.directory_url, own.root_pem).new_account()


_numbers = itertools.count()


@pytest.fixture
def ready(account, web):
    return account.order([f"finalize{next(_numbers)}.example.org"]).prove_all(web)


@contextlib.contextmanager
def held(ca, role):
    """The role does nothing meanwhile."""
    pid = ca.role_pids(role)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


class Asked:
    """A finalize request that waits for its answer."""

    def __init__(self, order, csr):
        self._body = order.account.signed(order.json()["finalize"], {"csr": b64(csr)})
        self._url = order.json()["finalize"]
        self._order = order
        self._answer = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        self._answer = persistent.again(lambda: self._order.account.acme.send(self._url, self._body), timeout=1)

    def answer(self):
        self._thread.join(40)
        assert not self._thread.is_alive(), "finalize was not answered"
        return self._answer


def _health(ca):
    return json.loads(ca.cli("health", "--json").stdout)["under_way"]


def _under_way(ca):
    return _health(ca)["issuances"]


def _requests(ca):
    return _health(ca)["requests"]


def _certificates_of(ca, order):
    """How many were issued for this order's name."""
    issued = [x509.load_der_x509_certificate(der) for status, der in ledger.rows(ca.directory).values() if status in (ledger.ISSUED, ledger.REVOKED)]
    return len([certificate for certificate in issued if order.names[0] in certs.dns_names(certificate)])


def test_while_the_signer_prepares_the_order_is_ready_and_then_valid(own, ready):
    with held(own, "signer"):
        asked = Asked(ready, make_csr(ready.names))
        wait_until(lambda: _under_way(own) == 1, 10, "the signer is asked", 0.02)
        assert ready.json()["status"] == "ready"
    answer = asked.answer()
    assert answer.status_code == 200 and answer.json()["status"] == "valid", answer.text
    assert ready.download(answer.json()["certificate"]).leaf


def test_an_authorization_that_ends_meanwhile_leaves_no_certificate(own, account, ready):
    authorization = ready.json()["authorizations"][0]
    with held(own, "signer"):
        asked = Asked(ready, make_csr(ready.names))
        wait_until(lambda: _under_way(own) == 1, 10, "the signer is asked", 0.02)
        assert account.post(authorization, {"status": "deactivated"}).status_code == 200
    problem(asked.answer(), "orderNotReady", 403)
    assert ready.json()["status"] == "invalid"
    assert _certificates_of(own, ready) == 0
    ledger.check_one_story(own.directory)


def _ask_behind_one_another(ca, order, csrs):
    """Finalize requests that came in this order, none of them answered; the signer is held."""
    asked = []
    for csr in csrs:
        asked.append(Asked(order, csr))
        wait_until(lambda: _requests(ca) == len(asked), 10, "the request has come", 0.02)
        wait_until(lambda: _under_way(ca) == 1, 10, "the signer is asked once", 0.02)
    return asked


def test_a_second_one_with_the_same_key_waits_and_is_told_of_the_same_certificate(own, ready):
    csr = make_csr(ready.names)
    with held(own, "signer"):
        asked = _ask_behind_one_another(own, ready, [csr, csr])
    answers = [one.answer() for one in asked]
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert answers[0].json() == answers[1].json() == ready.settled()
    assert _certificates_of(own, ready) == 1
    ledger.check_one_story(own.directory)


def test_a_second_one_with_another_key_is_refused_once_the_first_is_issued(own, ready):
    with held(own, "signer"):
        first, second = _ask_behind_one_another(own, ready, [make_csr(ready.names, new_key()) for _ in range(2)])
    assert first.answer().json()["status"] == "valid"
    problem(second.answer(), "orderNotReady", 403)
    assert _certificates_of(own, ready) == 1


def test_a_second_one_is_worked_on_when_the_signer_refused_the_first(own, ready):
    broken = bytearray(make_csr(ready.names))
    broken[-1] ^= 1  # in its signature
    with held(own, "signer"):
        first, second = _ask_behind_one_another(own, ready, [bytes(broken), make_csr(ready.names)])
    problem(first.answer(), "badCSR", 400)
    answer = second.answer()
    assert answer.status_code == 200 and answer.json()["status"] == "valid", answer.text
    assert _certificates_of(own, ready) == 1


def test_of_many_that_the_signer_refuses_all_are_answered(own, ready):
    broken = bytearray(make_csr(ready.names))
    broken[-1] ^= 1
    with held(own, "signer"):
        asked = _ask_behind_one_another(own, ready, [bytes(broken)] * 8)
    types = [one.answer().json()["type"].rsplit(":")[-1] for one in asked]
    assert types[0] == "badCSR" and set(types) == {"badCSR", "orderNotReady"}, types
    assert ready.json()["status"] == "ready"
    assert ready.finalize(make_csr(ready.names)).status_code == 200


def test_however_many_finalize_an_order_at_once_the_signer_prepares_one_certificate(own, ready):
    csr, url = b64(make_csr(ready.names)), ready.json()["finalize"]
    bodies = [ready.account.signed(url, {"csr": csr}) for _ in range(60)]
    with ThreadPoolExecutor(60) as pool:
        with held(own, "signer"):
            answers = [pool.submit(ready.account.acme.send, url, body) for body in bodies]
            wait_until(lambda: _requests(own) == 60, 10, "all are under way", 0.02)
            assert _under_way(own) == 1
        assert {answer.result(20).json()["status"] for answer in answers} == {"valid"}
    assert _certificates_of(own, ready) == 1


def _days_from_now(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_the_signer_prepared_in_vain_takes_no_room_there(own, account, web):
    """It keeps 2048 that wait to be signed, for a minute; then it would prepare no more. The authorization that all these orders have in common ends while it prepares."""
    names = [f"finalize{next(_numbers)}.example.org"]
    csr = b64(make_csr(names))
    for round_number in range(37):
        account.order(names).prove_all(web)
        orders = [account.order(names, notAfter=_days_from_now(20 + n)) for n in range(60)]
        urls = [order.json()["finalize"] for order in orders]
        bodies = [account.signed(url, {"csr": csr}) for url in urls]
        with ThreadPoolExecutor(60) as pool:
            with held(own, "signer"):
                answers = [pool.submit(account.acme.send, url, body) for url, body in zip(urls, bodies)]
                wait_until(lambda: _under_way(own) == 60, 10, "all are under way", 0.02)
                account.post(orders[0].json()["authorizations"][0], {"status": "deactivated"})
            assert {answer.result(20).status_code for answer in answers} == {403}, f"round {round_number}"
    assert account.order(names).prove_all(web).finalize(make_csr(names)).status_code == 200


def test_a_registrar_that_dies_meanwhile_leaves_a_ready_order(own, ready):
    csr = make_csr(ready.names)
    with held(own, "signer"):
        asked = Asked(ready, csr)
        wait_until(lambda: _under_way(own) == 1, 10, "the signer is asked", 0.02)
        own.kill("registrar")
        wait_until(lambda: own.role_pids("registrar"), 5, "the registrar is back")
    with contextlib.suppress(Exception):
        asked.answer()
    assert persistent.again(lambda: ready.account.read(ready.url)).json()["status"] in ("ready", "valid")
    pem = persistent.finish(ready, csr)
    assert certs.load_chain(pem)
    assert _certificates_of(own, ready) == 1
    ledger.check_one_story(own.directory)


def test_a_signer_that_dies_meanwhile_is_asked_again(own, ready):
    with held(own, "signer"):
        asked = Asked(ready, make_csr(ready.names))
        wait_until(lambda: _under_way(own) == 1, 10, "the signer is asked", 0.02)
        own.kill("signer")
    answer = asked.answer()
    assert answer.status_code == 200 and answer.json()["status"] == "valid", answer.text
    assert _certificates_of(own, ready) == 1
