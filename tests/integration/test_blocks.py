"""What operators block: names get no certificate, networks no answer, within seconds, and over any restart."""
import json
import os

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
    names = json.loads(own.cli("block", "list", "--names", "--json").stdout)["names"]
    found = [row for row in names if row["value"] == "listed.example.org"]
    assert found and found[0]["reason"] == "a court said so" and found[0]["by"] == f"uid {os.getuid()} (control socket)" and found[0]["below"] is False and found[0]["time"]
    addresses = json.loads(own.cli("block", "list", "--addresses", "--json").stdout)["addresses"]
    assert "2001:db8:7::/48" in [row["value"] for row in addresses]
    assert "a court said so" in own.cli("block", "list", "--names").stdout
    wait_until(lambda: "a court said so" in (own.directory / "audit.log").read_text(), 5, "it stands in the audit log")


def _listed(own, *words):
    answer = json.loads(own.cli("block", "list", *words, "--json").stdout)
    return [row.get("value") or row["spki_sha256"] for kind in ("keys", "names", "addresses") for row in answer.get(kind, [])], answer["next"]


def test_keys_names_and_addresses_are_listed_together_and_page_by_page(own):
    own.cli("block", "add", "--spki", "7" * 64, "--reason", "found")
    own.cli("block", "add", "--name", "together.example.org", "--below")
    own.cli("block", "add", "--address", "198.51.100.0/24")
    everything, end = _listed(own)
    assert end is None and {"7" * 64, "together.example.org", "198.51.100.0/24"} <= set(everything)
    for size in (1, 2, 3):
        pages, after = [], None
        while after is not None or not pages:
            page, after = _listed(own, "--limit", str(size), *(["--after", after] if after else []))
            assert len(page) == size or after is None
            pages += page
        assert pages == everything, size
    parts = [_listed(own, flag)[0] for flag in ("--keys", "--names", "--addresses")]
    assert sum(parts, []) == everything and _listed(own, "--keys", "--addresses")[0] == parts[0] + parts[2]
    text = own.cli("block", "list").stdout
    assert text.index("Blocked keys:") < text.index("Blocked names:") < text.index("together.example.org and all below") < text.index("Blocked addresses:") < text.index("198.51.100.0/24")
    whole = own.cli("block", "list", "--names", "--limit", str(len(parts[1])))
    assert "--after" not in whole.stdout  # a page that is full, and the last one
    done = own.cli("block", "list", "--keys", "--after", "names:a.example", check=False)
    assert done.returncode == 2 and "goes on in what --names lists" in done.stdout


def test_a_block_that_is_there_is_not_narrowed_by_blocking_it_again(own, account):
    own.cli("block", "add", "--name", "wide.example.org", "--below", "--reason", "all of them")
    said = own.cli("block", "add", "--name", "wide.example.org").stdout
    assert "wide.example.org with all below it is blocked already: all of them" in said and "xica block remove --name wide.example.org" in said
    problem(account.new_order(["a.wide.example.org"]), "rejectedIdentifier")
    again = json.loads(own.cli("block", "add", "--name", "wide.example.org", "--reason", "better", "--json").stdout)
    assert again["added"] is False and again["below"] is True and again["reason"] == "better"
    own.cli("block", "remove", "--name", "wide.example.org")
    assert own.cli("block", "add", "--name", "wide.example.org").stdout == "wide.example.org is blocked.\n"
    account.order(["a.wide.example.org"])
    assert "with all below it is blocked already" in own.cli("block", "add", "--name", "wide.example.org", "--below").stdout
    problem(account.new_order(["a.wide.example.org"]), "rejectedIdentifier")


def test_no_certificate_is_issued_by_the_operators_word_for_a_blocked_name(own, workdir):
    def issue(names, *words):
        (workdir / "csr").write_bytes(make_csr(names))
        return own.cli("cert", "issue", "--csr", workdir / "csr", *words, check=False)
    own.cli("block", "add", "--name", "word.example.org", "--below")
    for name in ("word.example.org", "a.word.example.org", "*.example.org"):
        done = issue([name, "free.example.net"])
        assert done.returncode == 1 and f"{name} is blocked, or a name above it is" in done.stdout and "unblock that first" in done.stdout
    assert "is blocked" in issue(["word.example.org"], "--profile", "delegated").stdout
    own.cli("block", "remove", "--name", "word.example.org")
    assert issue(["word.example.org", "a.word.example.org", "free.example.net"]).returncode == 0


@pytest.mark.parametrize("words, sentence", [
    (["add"], "say what"), (["add", "--name", "a.example", "--address", "192.0.2.1"], "say what"), (["add", "--name", "not a name"], "domain name"),
    (["add", "--name", "*.example.org"], "domain name"), (["add", "--address", "192.0.2.1/24"], "without bits beyond"), (["add", "--address", "0.0.0.0/0"], "too much"),
    (["add", "--address", "::/8"], "too much"), (["add", "--address", "home"], "an address, or a network"), (["remove", "--name", "never.example.org"], "not blocked"),
    (["remove"], "say what"), (["add", "--address", "192.0.2.1", "--below"], "--below goes with")])
def test_what_can_not_be_meant_is_said(own, words, sentence):
    done = own.cli("block", *words, check=False)
    assert done.returncode in (1, 2) and sentence in done.stdout, done.stdout
