"""The log: one line each, logfmt or JSON, and one name for a request in all roles."""
import json
import re

import pytest
import requests

from lab.acme_raw import Acme, challenge_of
from lab.configured import ConfiguredCa
from lab.csr import make_csr
from lab.webserver import Http01

LOGFMT = re.compile(r'time=\S+Z level=(?:debug|info|warning|error) role=\S+ pid=\d+ msg=(?:"(?:[^"\\]|\\.)*"|[^" ]+)(?: [a-z0-9_]+=(?:"(?:[^"\\]|\\.)*"|[^" =]+))*')


def _roles_of(ca, request):
    """Which roles say something of this request."""
    return {re.search(r" role=([a-z]+)", line)[1] for line in ca.log.read_text().splitlines() if f" request={request}" in line}


def test_one_name_shows_a_request_s_way_through_all_roles(ca, account, http01, domain):
    order = account.order([domain])
    authorization = account.json(order.json()["authorizations"][0])
    challenge = challenge_of(authorization)
    http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
    asked = account.post(challenge["url"], {})
    account.settled(order.json()["authorizations"][0])
    finalized = order.finalize(make_csr([domain]))
    assert order.settled()["status"] == "valid"
    names = [asked.headers["X-Request-Id"], finalized.headers["X-Request-Id"]]
    assert all(re.fullmatch(r"[0-9a-f]{12}", name) for name in names) and names[0] != names[1]
    assert _roles_of(ca, names[0]) == {"front", "registrar", "validator"}
    assert _roles_of(ca, names[1]) == {"front", "registrar", "signer"}


def test_every_line_can_be_taken_apart_and_nothing_that_is_sent_makes_one(ca, acme):
    for path in ("/acme/x%0Atime=2026 level=fatal", '/acme/" level=fatal msg="', "/acme/\x1b[31mred", "/acme/gr\xfc\xdf"):
        with requests.Session() as session:
            request = requests.Request("POST", acme.directory_url).prepare()
            request.url = acme.directory_url.replace("/acme/directory", "") + path.replace(" ", "%20").replace("\x1b", "%1B")
            session.send(request, verify=str(ca.root_pem), timeout=20)
    lines = ca.log.read_text().splitlines()
    shown = [line for line in lines if line.startswith("time=")]
    assert len(shown) > 10 and all(LOGFMT.fullmatch(line) for line in shown), [line for line in shown if not LOGFMT.fullmatch(line)][:3]
    assert not any("\x1b" in line for line in lines)


@pytest.fixture(scope="module")
def json_ca(output):
    with ConfiguredCa(output / "json-ca", "log {\n format = json\n level = debug\n}\n", fronts=1) as ca:
        yield ca


def test_with_json_every_line_of_every_role_is_an_object_with_the_same_head(json_ca):
    with Http01(json_ca.http01_port) as http01:
        Acme(json_ca.directory_url, json_ca.root_pem).new_account().issue(["json.example.org"], http01)
    # what a role says before it knows its configuration is logfmt; what the parent tells people at the terminal is neither
    lines = [json.loads(line) for line in json_ca.log.read_text().splitlines() if line.startswith("{")]
    assert {line["role"] for line in lines} >= {"front-0", "registrar", "validator", "signer", "xicad"}
    for line in lines:
        assert list(line)[:5] == ["time", "level", "role", "pid", "msg"], line
        assert isinstance(line["pid"], int) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    answered = [line for line in lines if line["msg"] == "answered" and line["endpoint"] == "finalize"]
    assert len(answered) == 1 and answered[0]["status"] == 200 and answered[0]["account"] == 1
    assert answered[0]["ms"] > 0 and isinstance(answered[0]["ms"], float)
    kinds = {}
    for line in lines:
        for key, value in line.items():
            assert kinds.setdefault(key, isinstance(value, str)) == isinstance(value, str), f"{key} is a number in one line and text in another: {line}"
    assert {line["role"] for line in lines if line.get("request") == answered[0]["request"]} == {"front-0", "registrar", "signer"}
