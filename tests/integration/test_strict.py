"""`xicad --dev DIR --strict` refuses what clients do against the letter of the RFCs; without it that is let pass, for those who do it."""
import http.client
import json
import ssl
from urllib.parse import urlsplit

import pytest

from lab.acme_raw import JOSE, Acme, challenge_of, problem
from lab.clients import Certbot, Lego
from lab.csr import make_csr, utf8string
from lab.certs import XMPP_ADDR
from lab.webserver import Http01
from lab.xicad import Xicad


@pytest.fixture(scope="module")
def strict(output):
    with Xicad(output / "strict-ca", resolve_all="127.0.0.1", options=["--strict"]) as ca:
        ca.acme = Acme(ca.directory_url, ca.root_pem)
        yield ca


@pytest.fixture(params=["strict", "lenient"])
def either(request, strict, ca, acme):
    """(CA, client, whether it must refuse)."""
    return (strict, strict.acme, True) if request.param == "strict" else (ca, acme, False)


def _judged(answer, refuses, kind="malformed"):
    if refuses:
        problem(answer, kind, 400)
    else:
        assert answer.status_code in (200, 201), answer.text


def _name(refuses):
    return ("strict" if refuses else "lenient") + ".xmpp.example"


def _pending(acme, refuses, name="a"):
    account = acme.new_account()
    order = account.order([f"{name}.{_name(refuses)}"])
    return account, order, order.json()["authorizations"][0]


@pytest.mark.parametrize("agent", [None, ""])
def test_a_client_must_send_a_user_agent(either, agent):
    ca, acme, refuses = either
    account = acme.new_account()
    headers = {"Content-Type": JOSE} | ({} if agent is None else {"User-Agent": agent})
    where = urlsplit(account.url)
    connection = http.client.HTTPSConnection(where.netloc, timeout=20, context=ssl.create_default_context(cafile=str(ca.root_pem)))
    connection.request("POST", where.path, json.dumps(account.signed(account.url, None)), headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    assert (answer.status, said.get("type", "").rpartition(":")[2]) == ((400, "malformed") if refuses else (200, ""))


@pytest.mark.parametrize("payload", [{"keyAuthorization": "x"}, {"resource": "challenge"}], ids=str)
def test_a_challenge_is_answered_by_an_empty_object(either, payload):
    _, acme, refuses = either
    account, _, url = _pending(acme, refuses)
    _judged(account.post(challenge_of(account.json(url), "dns-01")["url"], payload), refuses)


def test_a_challenge_may_always_be_answered_by_an_empty_object(either):
    _, acme, refuses = either
    account, _, url = _pending(acme, refuses)
    assert account.post(challenge_of(account.json(url), "dns-01")["url"], {}).status_code == 200


def test_an_authorization_is_read_by_an_empty_payload(either):
    _, acme, refuses = either
    account, _, url = _pending(acme, refuses)
    _judged(account.post(url, {}), refuses)
    assert account.read(url).status_code == 200
    assert account.post(url, {"status": "deactivated"}).status_code == 200


def test_a_csr_asks_for_nothing_but_what_was_ordered(either):
    ca, acme, refuses = either
    account = acme.new_account()
    name = f"addr.{_name(refuses)}"
    with Http01(ca.http01_port) as http01:
        order = account.order([name]).prove_all(http01)
    answer = order.finalize(make_csr([name], other_names=[(XMPP_ADDR, utf8string(name))]))
    _judged(answer, refuses, "badCSR")


@pytest.mark.parametrize("client_class", [Certbot, Lego], ids=lambda client: client.__name__.lower())
def test_certbot_and_lego_do_nothing_that_a_strict_ca_refuses(client_class, strict, workdir):
    assert client_class(strict, workdir).issue([f"{client_class.__name__.lower()}.example.org"]).leaf
