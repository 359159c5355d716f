"""`--assume-valid`: names are taken for proven, for measurements, and only for as long as the CA is told so."""
import json

import pytest

from lab.acme_raw import Acme, problem
from lab.csr import make_csr
from lab.process import run
from lab.paths import BUILD
from lab.xicad import Xicad

NAME = "nobody.example.org"


@pytest.fixture(scope="module")
def ca(output):
    running = Xicad(output / "assuming-ca", resolve_all="127.0.0.1")
    yield running
    running.stop()


def _account(ca):
    return Acme(ca.directory_url, ca.root_pem).new_account()


def _proven_order(account):
    order = account.order([NAME])
    for url in order.json()["authorizations"]:
        assert account.prove(url, NoServer())["status"] == "valid"
    return order


class NoServer:
    """Nobody answers at the name: what is given to this goes nowhere."""

    answers = property(lambda self: {})


def _issuances(ca):
    lines = (json.loads(line) for line in (ca.directory / "audit.log").read_text().splitlines())
    return [line for line in lines if NAME in json.dumps(line)]


def test_a_name_that_nobody_answers_for_is_taken_for_proven_and_the_audit_log_says_so(ca):
    with ca.start(extra=["--assume-valid"]):
        issued = _proven_order(_account(ca)).certificate(make_csr([NAME]))
        assert issued.leaf
    assert "every name is taken for proven" in ca.log.read_text()
    assert any('"assumed"' in json.dumps(line) for line in _issuances(ca)), _issuances(ca)


def test_what_was_assumed_is_worth_nothing_once_the_ca_is_started_without(ca):
    with ca.start(extra=["--assume-valid"]):
        account = _account(ca)
        order = _proven_order(account)
    with ca.start():
        before = len(_issuances(ca))
        answer = order.finalize(make_csr([NAME]))
        if answer.status_code == 200:
            assert order.settled()["status"] == "invalid"
        else:
            problem(answer, "unauthorized|badCSR|rejectedIdentifier")
        fresh = account.order([NAME])
        assert fresh.json()["status"] == "pending", "an assumed proof isn't used again"
        assert len(_issuances(ca)) == before


def test_it_is_for_a_ca_to_play_with_alone(workdir):
    answer = run([BUILD / "xicad", "-c", workdir / "xicad.conf", "--assume-valid"], check=False)
    assert answer.returncode == 2
    assert "goes with --dev only" in answer.stdout and "assume-valid" in answer.stdout
