"""docs/acme-xmpp.md is what the code does: its JSON, its certificate, its errors, its bounds. (Its conversation: test_proof_xmpp.py.)"""
import hashlib
import json
import re

import pytest

import test_proof_xmpp as proof
from lab.acme_raw import Acme
from lab.paths import ROOT
from lab.ports import free_port
from lab.tlsserver import certificate
from lab.validator import Validator
from lab.waiting import wait_until
from lab.xicad import Xicad
from lab.xmppserver import EXTERNAL, XmppServer

TEXT = (ROOT / "docs" / "acme-xmpp.md").read_text()
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
KEY_AUTHORIZATION = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

PENDING, ANSWER, ORDER, FAILED = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.S))


@pytest.fixture(scope="module")
def ca(output):
    port = free_port()
    with Xicad(output / "document-ca", resolve_all="127.0.0.1", options=["--xmpp-port", port]) as running:
        running.xmpp_port = port
        yield running


@pytest.fixture(scope="module")
def account(ca):
    return Acme(ca.directory_url, ca.root_pem).new_account()


@pytest.fixture(scope="module")
def order(account):
    """The document's own order, as it stands there."""
    answer = account.post(account.acme.directory["newOrder"], ORDER)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _challenges(account, order):
    """By identifier: the challenges of the two types."""
    found = {}
    for url in order["authorizations"]:
        authorization = account.json(url)
        found[authorization["identifier"]["value"]] = [one for one in authorization["challenges"] if one["type"] in ("xmpp-01", "xmpp-tls-01")]
    return found


def _like(example, real):
    """The same members, with values of the same form: URLs, times and texts may say other things."""
    assert set(example) == set(real), (example, real)
    for name, value in example.items():
        assert type(value) is type(real[name]), name
        if isinstance(value, dict):
            _like(value, real[name])


def test_its_order_is_taken_and_each_identifier_gets_both_challenges(account, order):
    assert sorted(order["identifiers"], key=str) == sorted(ORDER["identifiers"], key=str)
    for challenges in _challenges(account, order).values():
        assert {one["type"] for one in challenges} == {"xmpp-01", "xmpp-tls-01"}
        for one in challenges:
            _like(PENDING, one)
            assert one["status"] == PENDING["status"]
            assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", one["token"]) and re.fullmatch(r"[A-Za-z0-9_-]{22,}", PENDING["token"])


def test_a_challenge_that_failed_looks_like_its_example(ca, account, order, workdir):
    example = dict(FAILED)
    challenge = next(one for one in _challenges(account, order)["example.org"] if one["type"] == "xmpp-01")
    with XmppServer(certificate(workdir, ["unrelated.invalid"], b"", oid=None), port=ca.xmpp_port, shown={"example.org": EXTERNAL}):
        assert account.post(challenge["url"], ANSWER).status_code == 200
        wait_until(lambda: account.json(challenge["url"])["status"] != "processing" and account.json(challenge["url"])["status"] != "pending", 30, "it is decided", 0.2)
    failed = account.json(challenge["url"])
    _like(example, failed)
    assert (failed["status"], failed["error"]["type"]) == (example["status"], example["error"]["type"])
    place = r"\(\S+ port \d+\)"
    assert re.sub(place, "PLACE", failed["error"]["detail"]) == re.sub(place, "PLACE", example["error"]["detail"])


def test_its_key_authorization_and_its_element_belong_together():
    assert f"<acme xmlns='urn:xica:acme:0' token='{TOKEN}'>{KEY_AUTHORIZATION}</acme>" in TEXT and PENDING["token"] == FAILED["token"] == TOKEN


def test_its_certificate_is_the_one_that_the_validator_takes(workdir):
    value = bytes.fromhex(re.search(r"^(0420 [0-9a-f]{64})$", TEXT, re.M)[1].replace(" ", ""))
    assert value == b"\x04\x20" + hashlib.sha256(KEY_AUTHORIZATION.encode()).digest()
    ours = b"\x04\x20" + hashlib.sha256(proof.KEY_AUTHORIZATION.encode()).digest()  # the validator's own key authorization is the tests'
    for shown, problem in ((ours, ""), (value, "incorrectResponse")):
        validator = Validator(resolve_all="127.0.0.1")
        with XmppServer(certificate(workdir, [proof.NAME], b"", value=shown), port=validator.xmpp_server_port):
            assert validator.ask("xmpp-tls-01", proof.NAME).problem == problem


def test_its_errors_are_those_that_hostile_servers_get():
    table = TEXT.split("## 6. Errors", 1)[1].split("## ", 1)[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
    seen = {problem for _, problem, _ in (*proof.HOSTILE.values(), *proof.UNENCRYPTED.values())} | {"dns"}
    assert listed == seen


@pytest.mark.parametrize("words, file, constants", [
    (r"(\d+) seconds for a connection, (\d+) for all that follows", "src/validate/xmpp_talk.h", ("XMPP_TALK_CONNECT_TIMEOUT", "XMPP_TALK_TIMEOUT")),
    (r"(\d+) KiB and (\d+) pieces a stream", "src/xmpp/stream.h", ("XMPP_STREAM_BYTES_MAX", "XMPP_STREAM_PIECES_MAX")),
    (r"(\d+) elements deep, (\d+) attributes", "src/xmpp/stream.h", ("XMPP_DEPTH_MAX", "XMPP_ATTRIBUTES_MAX"))], ids=["time", "bytes", "shape"])
def test_its_bounds_are_those_of_the_code(words, file, constants):
    said = re.search(words, TEXT).groups()
    for number, name in zip(said, constants):
        assert re.search(rf"\b{name} = {number}\b", (ROOT / file).read_text()), name


@pytest.mark.parametrize("heading", ["Abstract", "Terms", "challenge", "validator does", "On the wire", "Errors", "CAA", "Security considerations", "Registrations", "References"])
def test_it_has_the_parts_of_an_internet_draft(heading):
    assert re.search(rf"^##+ .*{heading}", TEXT, re.M)


@pytest.mark.parametrize("subject", ["Shared hosts", "SRV records without DNSSEC", "several places in the network", "A server for clients", "Replay", "Hostile servers"])
def test_it_considers(subject):
    assert subject in TEXT
