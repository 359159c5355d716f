"""What operators block: names get no certificate, networks no answer, within seconds, and over any restart."""
import json

import pytest
import requests

from lab.acme_raw import Acme, problem
from lab.configured import ConfiguredCa
from lab.csr import make_csr
from lab.waiting import wait_until
from lab.webserver import Http01


@pytest.fixture(scope="module")
def own(output):
    with ConfiguredCa(output / "blocking") as ca:
        yield ca
    assert [line for line in ca.log.read_text().splitlines() if "level=error" in line and "signal 9" not in line] == []


@pytest.fixture(scope="module")
def web(own):
    with Http01(own.http01_port) as http01:
        yield http01


@pytest.fixture
def account(own):
    return Acme(own.directory_url, own.root_pem).new_account()


def _status(own):
    return requests.get(own.directory_url, verify=str(own.root_pem), timeout=5).status_code


def test_a_blocked_name_gets_no_order(own, account):
    own.cli("block", "add", "--name", "Bad.Example.ORG", "--reason", "phishing")
    assert "bad.example.org" in problem(account.new_order(["good.example.org", "bad.example.org"]), "rejectedIdentifier", 400)["detail"]
    problem(account.new_order(["*.example.org"]), "rejectedIdentifier")
    problem(account.post(account.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": "bad.example.org"}}), "rejectedIdentifier")
    problem(account.new_order([{"type": "srv", "value": "_xmpp-server.bad.example.org"}], profile="delegated"), "rejectedIdentifier")
    account.order(["x.bad.example.org"])
    account.order(["example.org"])


def test_a_name_can_be_blocked_with_all_below_it(own, account):
    own.cli("block", "add", "--name", "evil.example.net", "--below")
    for name in ("evil.example.net", "a.evil.example.net", "b.a.evil.example.net", "*.evil.example.net"):
        problem(account.new_order([name]), "rejectedIdentifier")
    account.order(["notevil.example.net"])


def test_an_order_that_was_made_before_is_not_finalized(own, account, web):
    order = account.order(["late.example.org"]).prove_all(web)
    own.cli("block", "add", "--name", "late.example.org")
    problem(order.finalize(make_csr(["late.example.org"])), "rejectedIdentifier")
    own.cli("block", "remove", "--name", "late.example.org")
    assert order.certificate(make_csr(["late.example.org"])).leaf


def test_a_blocked_network_is_turned_away_by_every_front_within_seconds(own):
    assert _status(own) == 200
    own.cli("block", "add", "--address", "127.0.0.0/8", "--reason", "noise")
    try:
        wait_until(lambda: all(_status(own) == 403 for _ in range(8)), 5, "all fronts turn it away", 0.1)
        base = own.directory_url.removesuffix("/acme/directory")
        problem(requests.get(own.directory_url, verify=str(own.root_pem), timeout=5), "unauthorized", 403)
        assert requests.get(f"{base}/api/session", verify=str(own.root_pem), timeout=5).json() == {"error": "blocked"}
        assert requests.get(f"{base}/", verify=str(own.root_pem), timeout=5).status_code == 403
        shard = requests.get(f"http://localhost:{own.http_port}/root.pem", timeout=5)
        assert shard.status_code in (200, 404)  # the http port answers
        for role in ("front", "registrar"):
            own.kill(role)
        wait_until(lambda: all(_status(own) == 403 for _ in range(8)), 10, "they do so again after a crash", 0.1)
    finally:
        own.cli("block", "remove", "--address", "127.0.0.0/8")
    wait_until(lambda: all(_status(own) == 200 for _ in range(8)), 5, "all fronts answer again", 0.1)


def test_what_is_blocked_is_listed_with_reason_and_who(own):
    own.cli("block", "add", "--name", "listed.example.org", "--reason", "a court said so")
    own.cli("block", "add", "--address", "2001:DB8:7::/48")
    names = json.loads(own.cli("block", "list", "--names", "--json").stdout)["blocks"]
    found = [row for row in names if row["value"] == "listed.example.org"]
    assert found and found[0]["reason"] == "a court said so" and found[0]["by"] == "control socket" and found[0]["below"] is False and found[0]["time"]
    addresses = json.loads(own.cli("block", "list", "--addresses", "--json").stdout)["blocks"]
    assert "2001:db8:7::/48" in [row["value"] for row in addresses]
    assert "a court said so" in own.cli("block", "list", "--names").stdout
    first = json.loads(own.cli("block", "list", "--names", "--limit", "1", "--json").stdout)
    second = json.loads(own.cli("block", "list", "--names", "--limit", "1", "--after", first["next"], "--json").stdout)
    assert first["blocks"] != second["blocks"]
    wait_until(lambda: "a court said so" in (own.directory / "audit.log").read_text(), 5, "it stands in the audit log")


@pytest.mark.parametrize("words, sentence", [
    (["add"], "say what"), (["add", "--name", "a.example", "--address", "192.0.2.1"], "say what"), (["add", "--name", "not a name"], "domain name"),
    (["add", "--name", "*.example.org"], "domain name"), (["add", "--address", "192.0.2.1/24"], "without bits beyond"), (["add", "--address", "0.0.0.0/0"], "too much"),
    (["add", "--address", "::/8"], "too much"), (["add", "--address", "home"], "an address, or a network"), (["remove", "--name", "never.example.org"], "not blocked"),
    (["remove"], "say what"), (["add", "--address", "192.0.2.1", "--below"], "--below goes with")])
def test_what_can_not_be_meant_is_said(own, words, sentence):
    done = own.cli("block", *words, check=False)
    assert done.returncode in (1, 2) and sentence in done.stdout, done.stdout
