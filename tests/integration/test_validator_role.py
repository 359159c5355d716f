"""The validator as a role: the test is its parent and its registrar."""
import hashlib
import hmac
import os
import socket
import struct
import time

import pytest

from lab.ipc import Role
from lab.nameserver import NameServer
from lab.paths import output_directory
from lab.ports import free_port
from lab.validator import ACCOUNT, KEY_AUTHORIZATION, THUMBPRINT, TOKEN, TXT
from lab.webserver import PREFIX, WebServer
from lab.zone import Zone

KEY = bytes(range(32))
DNS = 1


@pytest.fixture(scope="module")
def zones():
    records = ["@ A 127.0.0.1", "* A 127.0.0.1", f'_acme-challenge TXT "{TXT}"', 'forbidden CAA 0 issue ";"', "forbidden A 127.0.0.1"]
    with NameServer(output_directory("validator-role-dns"), [Zone("plain.example", records)]) as server:
        yield server


class Setting:
    """A configuration and what listens at its ports."""

    def __init__(self, workdir, zones, more=""):
        self.http01_port = free_port()
        self.log = workdir / "validator.log"
        self.text = f"""
            url = "https://localhost:14000"
            http-url = "http://localhost:14080"
            state-dir = "{workdir}"
            caa-identities = {{"ca.example"}}
            proof {{
                dns = "{zones.endpoint}"
                trust-anchor = "{zones.trust_anchor}"
                http01-port = {self.http01_port}
                allowed-networks = {{"127.0.0.0/8"}}
            }}
            names {{ lenient = true }}
            {more}
        """

    def role(self, **fields):
        return Role("validator", self.text, self.log, RECEIPT_KEY=KEY, **fields)

    def web(self, delay=0):
        def answer(host, path):
            time.sleep(delay)
            return (200, {}, KEY_AUTHORIZATION.encode()) if path == PREFIX + TOKEN else (404, {}, b"")
        return WebServer(self.http01_port, answer)


@pytest.fixture
def setting(workdir, zones):
    return Setting(workdir, zones)


def _validate(channel, number, name="plain.example", challenge="http-01", **other):
    fields = dict(CHALLENGE=challenge, IDENTIFIER_TYPE=DNS, IDENTIFIER=name, WILDCARD=0, TOKEN=TOKEN, THUMBPRINT=THUMBPRINT, ACCOUNT_URL=ACCOUNT,
                  EXPIRES=int(time.time()) + 3600)
    channel.send("VALIDATE", number, **{**fields, **other})


def _check_caa(channel, number, name, method="http-01"):
    channel.send("CHECK_CAA", number, IDENTIFIER_TYPE=DNS, IDENTIFIER=name, WILDCARD=0, THUMBPRINT=THUMBPRINT, ACCOUNT_URL=ACCOUNT, METHOD=method)


def _receipt_kind(receipt, name):
    """Checks seal, account and name of a receipt; returns its kind."""
    body, seal = receipt[:-32], receipt[-32:]
    assert hmac.compare_digest(seal, hmac.new(KEY, body, hashlib.sha256).digest())
    assert body[30:62] == THUMBPRINT and body[63:].decode() == name
    seen, expires = struct.unpack_from(">QQ", body, 14)
    assert abs(seen - time.time()) < 60 and expires > seen
    return body[9]


def test_a_proof_is_answered_by_two_sealed_receipts(setting):
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        _validate(registrar, 7)
        kind, number, fields = registrar.take()
        assert (kind, number) == ("VALIDATED", 7)
        assert [_receipt_kind(receipt, "plain.example") for receipt in fields["RECEIPT"]] == [1, 2]


def test_a_refusal_is_told_by_type_and_sentence(setting):
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        _validate(registrar, 8, TOKEN="YW5vdGhlcg")
        _, number, fields = registrar.take()
        assert number == 8 and fields["PROBLEM"] == b"unauthorized" and b"answered 404 from 127.0.0.1" in fields["DETAIL"]
        _validate(registrar, 9, name="forbidden.plain.example")
        assert registrar.take()[2]["PROBLEM"] == b"caa"
        _validate(registrar, 10, WILDCARD=1)
        kind, _, fields = registrar.take()
        assert kind == "INVALID" and fields["PROBLEM"] == b"rejectedIdentifier" and fields["DETAIL"] == b"http-01 can't prove a wildcard"


def test_a_proof_counts_no_longer_than_the_operator_says_whatever_the_registrar_asks(workdir, zones):
    setting = Setting(workdir, zones, "orders { authorization-lifetime = \"1h\" }")
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        for asked, given in ((1800, 1800), (10 ** 9, 3600)):
            _validate(registrar, 1, EXPIRES=int(time.time()) + asked)
            receipt = registrar.take()[2]["RECEIPT"][0]
            seen, expires = struct.unpack_from(">QQ", receipt, 14)
            assert _receipt_kind(receipt, "plain.example") == 1 and abs(expires - seen - given) < 60


def test_caa_alone_is_answered_by_one_receipt(setting):
    with setting.role() as role:
        registrar = role.connect("registrar")
        _check_caa(registrar, 1, "www.plain.example", "dns-01")
        kind, _, fields = registrar.take()
        assert kind == "VALIDATED" and [_receipt_kind(receipt, "www.plain.example") for receipt in fields["RECEIPT"]] == [2]
        _check_caa(registrar, 2, "forbidden.plain.example")
        assert registrar.take()[0] == "INVALID"


@pytest.mark.parametrize("bend", [dict(challenge="http-02"), dict(IDENTIFIER_TYPE=3), dict(WILDCARD=2), dict(THUMBPRINT=b"short"), dict(TOKEN="../x"),
                                  dict(name="127.0.0.1"), dict(name="a..b"), dict(name="UPPER.plain.example"), dict(IDENTIFIER_TYPE=0),
                                  dict(EXPIRES=1 << 63)], ids=str)
def test_a_question_that_makes_no_sense_is_refused_and_the_next_one_answered(setting, bend):
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        _validate(registrar, 1, **bend)
        kind, number, fields = registrar.take()
        assert (kind, number) == ("INVALID", 1) and not fields["RECEIPT"]
        _validate(registrar, 2)
        assert registrar.take()[:2] == ("VALIDATED", 2)


def test_a_registrar_that_sends_what_is_not_its_to_send_is_cut_off(setting):
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        registrar.send("ISSUE", 1, TOKEN=b"x" * 16)
        assert registrar.take() is None
        registrar = role.connect("registrar")
        _validate(registrar, 1)
        assert registrar.take()[0] == "VALIDATED"


def test_more_questions_than_run_at_once_are_all_answered(setting):
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        for n in range(600):
            _validate(registrar, n, name=f"n{n}.plain.example", challenge="http-01")
        answers = [registrar.take(60) for _ in range(600)]
        assert {number for _, number, _ in answers} == set(range(600))
        assert {kind for kind, _, _ in answers} == {"VALIDATED"}
        for _, number, fields in answers:
            assert _receipt_kind(fields["RECEIPT"][0], f"n{number}.plain.example") == 1


def test_a_registrar_that_is_back_may_ask_again(setting):
    with setting.role() as role, setting.web(delay=0.5):
        registrar = role.connect("registrar")
        for n in range(20):
            _validate(registrar, n)
        registrar.close()
        registrar = role.connect("registrar")
        for n in range(20):
            _validate(registrar, n)
        assert {registrar.take()[1] for _ in range(20)} == set(range(20))


def test_when_told_to_end_it_finishes_what_runs(setting):
    with setting.role() as role, setting.web(delay=1):
        registrar = role.connect("registrar")
        _validate(registrar, 1)
        time.sleep(0.3)
        role.shut_down()
        assert registrar.take()[:2] == ("VALIDATED", 1)
        assert role.wait(10) == 0


def test_when_told_to_end_it_ends_though_somebody_never_answers(setting):
    with setting.role() as role, socket.create_server(("127.0.0.1", setting.http01_port)):
        registrar = role.connect("registrar")
        _validate(registrar, 1)
        time.sleep(0.3)
        role.shut_down()
        assert role.wait(20) == 0


def test_it_is_locked_in_before_it_serves(setting):
    with setting.role() as role:
        status = dict(line.split(":", 1) for line in open(f"/proc/{role.process.pid}/status", encoding="utf-8"))
        assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1"
        opened = {os.readlink(f"/proc/{role.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{role.process.pid}/fd")}
        assert not [path for path in opened if path.startswith("/") and path not in ("/dev/null", str(setting.log))]


@pytest.mark.parametrize("point", ["before-connect", "after-proof"])
def test_it_dies_where_the_configuration_says(workdir, zones, point):
    setting = Setting(workdir, zones, f'development {{ crash-at = "validator:{point}" }}')
    with setting.role(CRASH=b"") as role, setting.web() as web:
        registrar = role.connect("registrar")
        _validate(registrar, 1)
        assert registrar.take() is None
        assert role.wait() == -9
        assert len(web.seen) == (1 if point == "after-proof" else 0)
    with setting.role() as role, setting.web():
        registrar = role.connect("registrar")
        _validate(registrar, 1)
        assert registrar.take()[0] == "VALIDATED"


@pytest.mark.parametrize("change, why", [
    (("trust-anchor = ", 'trust-anchor = "/nowhere" #'), "/nowhere"), (("trust-anchor = ", 'trust-anchor = "/proc/self/status" #'), "trust anchor")],
    ids=["no-anchor", "bad-anchor"])
def test_it_does_not_start_on_what_it_cannot_use(setting, change, why):
    setting.text = setting.text.replace(*change)
    role = setting.role()
    try:
        assert role.parent.take() is None
        assert role.wait() != 0 and why in setting.log.read_text()
    finally:
        role.__exit__()


def test_without_a_name_server_of_its_own_it_takes_the_system_s(setting):
    setting.text = setting.text.replace("dns = ", "# dns = ")
    with setting.role():
        assert "error" not in setting.log.read_text()


def test_it_does_not_start_without_the_receipts_key(setting):
    role = Role("validator", setting.text, setting.log)
    try:
        assert role.wait() != 0 and "key of the receipts" in setting.log.read_text()
    finally:
        role.__exit__()


def test_an_account_whose_hosts_are_slow_leaves_places_for_others(setting):
    def answer(host, path):
        if host.startswith("slow"):
            time.sleep(6)
            return 404, {}, b""
        return 200, {}, KEY_AUTHORIZATION.encode()
    with setting.role() as role, WebServer(setting.http01_port, answer):
        registrar = role.connect("registrar")
        for number in range(1000, 1300):
            _validate(registrar, number, name=f"slow{number}.plain.example", THUMBPRINT=bytes(32))
        started = time.monotonic()
        _validate(registrar, 7)
        assert registrar.take()[:2] == ("VALIDATED", 7) and time.monotonic() - started < 5
