"""Rate limits: what is allowed is allowed, one more is refused with a sentence and a time, whatever dies or comes at once."""
import datetime
import itertools
import json
import re

import pytest

from lab import certs
from lab.acme_raw import Acme, challenge_of, problem
from lab.configured import ConfiguredCa
from lab.csr import make_csr
from lab.jws import Key
from lab.race import at_once
from lab.waiting import wait_until
from lab.webserver import Http01

LIMITS = """\
limits {
	accounts-per-address = "1000 per 1h"
	accounts-per-network = "1000 per 1h"
	orders-per-account = "8 per 1h"
	orders-per-names = "3 per 2h"
	certificates-per-domain = "4 per 7d"
	failed-validations = "2 per 1h"
}
"""

_names = itertools.count()


@pytest.fixture(scope="module")
def limited(output):
    with ConfiguredCa(output / "limited", LIMITS) as ca:
        yield ca
    assert [line for line in ca.log.read_text().splitlines() if "level=error" in line and "signal 9" not in line] == []


@pytest.fixture(scope="module")
def web(limited):
    with Http01(limited.http01_port) as http01:
        yield http01


def _reload(ca):
    start = ca.log.stat().st_size
    ca.daemon.process.send_signal(1)
    ca.daemon.wait_for(r"msg=reloaded$", 20, start=start)


@pytest.fixture
def client(limited):
    return Acme(limited.directory_url, limited.root_pem).new_account()


@pytest.fixture
def registered():
    """A domain that nobody else has registered."""
    return f"limited{next(_names)}.org"


def _number(account):
    return account.url.rsplit("/", 1)[1]


def _limited(answer, kind):
    """Asserts a refusal that says which limit it is, and when to come again: the header and the sentence say the same."""
    document = problem(answer, "rateLimited", 429)
    wait = int(answer.headers["Retry-After"])
    until = re.search(rf": {kind} allows \d+ per \d+\w.*; come again in .+, at (\S+Z)$", document["detail"])
    assert until, document
    moment = datetime.datetime.fromisoformat(until[1].replace("Z", "+00:00"))
    assert abs((moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds() - wait) < 5
    return wait


def test_orders_of_one_account_are_limited_and_not_those_of_another(limited, client, registered):
    for n in range(8):
        client.order([f"h{n}.{registered}"])
    assert 400 < _limited(client.new_order([f"h9.{registered}"]), "orders-per-account") <= 450
    _limited(client.post(client.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": registered}}), "orders-per-account")
    Acme(limited.directory_url, limited.root_pem).new_account().order([f"h9.{registered}"])


def test_asking_for_the_same_names_again_and_again_is_limited(client, web, registered):
    names = [f"a.{registered}", f"b.{registered}"]
    for _ in range(3):
        client.issue(names, web)
    assert 2300 < _limited(client.new_order(list(reversed(names))), "orders-per-names") <= 2400
    client.order(names[:1])


def test_an_order_that_is_there_already_is_given_again_and_costs_nothing(client, registered):
    assert len({client.order([registered]).url for _ in range(12)}) == 1


def test_a_refused_order_takes_nothing(limited, client, web, registered):
    for _ in range(3):
        client.issue([registered], web)
    for _ in range(10):
        _limited(client.new_order([registered]), "orders-per-names")
    listed = json.loads(limited.cli("limits", "list", "--account", _number(client), "--json").stdout)["limits"]
    assert {(row["kind"], row["left"]) for row in listed} == {("orders-per-account", 5), ("orders-per-names", 0)}


def test_certificates_of_a_domain_are_counted_over_all_accounts_and_when_they_are_made(limited, client, web, registered):
    acme = client.acme
    stranger = acme.new_account()
    for n in range(6):  # whoever has proven nothing uses nothing up
        stranger.order([f"s{n}.{registered}"])
    for n in range(3):
        client.issue([f"h{n}.{registered}"], web)
    other = acme.new_account()
    waiting = other.order([f"y.{registered}"]).prove_all(web)
    other.issue([f"x.{registered}", f"x2.{registered}"], web)
    _limited(other.new_order([f"z.{registered}"]), "certificates-per-domain")
    _limited(waiting.finalize(make_csr(waiting.names)), "certificates-per-domain")
    assert waiting.json()["status"] == "ready"
    limited.cli("limits", "reset", "--domain", f"y.{registered}")
    assert waiting.certificate(make_csr(waiting.names)).leaf


def test_a_finalize_that_is_sent_again_is_one_certificate(limited, client, web, registered):
    order = client.order([registered]).prove_all(web)
    key_csr = make_csr([registered])
    order.certificate(key_csr)
    for _ in range(6):
        assert order.finalize(key_csr).status_code == 200
    listed = json.loads(limited.cli("limits", "list", "--domain", registered, "--json").stdout)["limits"]
    assert [row["left"] for row in listed] == [3]


def _fail(account, name):
    order = account.new_order([name])
    if order.status_code != 201:
        return order
    url = order.json()["authorizations"][0]
    answer = account.post(challenge_of(account.json(url))["url"], {})
    assert answer.status_code == 200, answer.text
    assert account.settled(url)["status"] == "invalid"
    return None


def test_after_failed_validations_a_name_rests_for_that_account(limited, client, web, registered):
    assert _fail(client, registered) is None and _fail(client, registered) is None
    assert 1700 < _limited(_fail(client, registered), "failed-validations") <= 1800
    _limited(client.post(client.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": registered}}), "failed-validations")
    client.order([f"other.{registered}"])
    client.acme.new_account().issue([registered], web)
    limited.cli("limits", "reset", "--account", _number(client), "--kind", "failed-validations")
    client.issue([registered], web)


def test_many_orders_at_the_same_moment_are_no_more_than_one_after_the_other(limited, client, registered):
    answers = at_once([lambda n=n: client.new_order([f"r{n}.{registered}"]) for n in range(64)])
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [429] * 56
    assert len(client.json(client.json(client.url)["orders"])["orders"]) == 8


def test_what_was_taken_is_taken_after_kill_9(limited, client, registered):
    for n in range(8):
        client.order([f"k{n}.{registered}"])
        if n in (3, 7):
            limited.kill("registrar")
    _limited(client.new_order([f"k9.{registered}"]), "orders-per-account")


def test_an_operator_gives_an_account_another_rate_and_takes_it_back(limited, client, registered):
    number = _number(client)
    limited.cli("limits", "set", "--account", number, "--kind", "orders-per-account", "--rate", "20 per 1h", "--reason", "a big hoster")
    for n in range(20):
        client.order([f"o{n}.{registered}"])
    _limited(client.new_order([f"o20.{registered}"]), "orders-per-account")
    assert "a big hoster" in limited.cli("limits", "exceptions").stdout
    limited.cli("limits", "set", "--account", number, "--rate", "none")
    for n in range(30):
        client.order([f"p{n}.{registered}"])
    limited.cli("limits", "unset", "--account", number)
    _limited(client.new_order([f"q0.{registered}"]), "orders-per-account")  # what was taken before the exception counts again


def test_a_rate_for_a_limit_that_is_off_is_refused_with_what_to_do(limited, client):
    number = _number(client)
    limited.write(LIMITS.replace('failed-validations = "2 per 1h"', 'failed-validations = "none"'))
    try:
        _reload(limited)
        done = limited.cli("limits", "set", "--account", number, "--kind", "failed-validations", "--rate", "5 per 1h", check=False)
        assert done.returncode == 1 and "failed-validations is off" in done.stdout and "limits { }" in done.stdout and "reload" in done.stdout, done.stdout
        assert limited.cli("limits", "set", "--account", number, "--kind", "failed-validations", "--rate", "none").returncode == 0  # which it has already
        limited.cli("limits", "unset", "--account", number)
        limited.cli("limits", "set", "--account", number, "--rate", "5 per 1h")
        listed = json.loads(limited.cli("limits", "exceptions", "--json").stdout)["overrides"]
        assert {one["kind"] for one in listed if one["owner"] == number} == {"orders-per-account", "orders-per-names"}
        limited.cli("limits", "unset", "--account", number)
    finally:
        limited.write(LIMITS)
        _reload(limited)


def test_a_renewal_that_is_due_is_not_counted_against_names_and_domain(limited, web, registered):
    acme = Acme(limited.directory_url, limited.root_pem)
    account = acme.new_account()
    issued = [account.issue([registered], web) for _ in range(3)]
    _limited(account.new_order([registered]), "orders-per-names")
    limited.cli("limits", "reset", "--account", _number(account), "--kind", "orders-per-account")
    replaces = certs.renewal_id(issued[-1].leaf)
    _limited(account.new_order([registered], replaces=replaces), "orders-per-names")  # its time has not come
    limited.cli("cert", "renew-now", "--serial", f"{issued[-1].leaf.serial_number:x}")
    order = account.order([registered], replaces=replaces)
    order.prove_all(web)
    assert order.certificate(make_csr([registered])).leaf


def test_new_accounts_are_limited_by_address(limited):
    limited.write(LIMITS.replace('accounts-per-address = "1000 per 1h"', 'accounts-per-address = "3 per 1h"'))
    try:
        _reload(limited)
        limited.cli("limits", "reset", "--address", "127.0.0.1")
        acme = Acme(limited.directory_url, limited.root_pem)
        accounts = [acme.new_account() for _ in range(3)]
        answer = acme.post_jwk(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, Key())
        _limited(answer, "accounts-per-address")
        again = acme.post_jwk(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, accounts[0].key)
        assert again.status_code == 200  # who has one is told of it
    finally:
        limited.write(LIMITS)
        _reload(limited)
        limited.cli("limits", "reset", "--address", "127.0.0.1")


@pytest.mark.parametrize("words, sentence", [
    (["list", "--account", "x"], "number"), (["reset"], "whom it is about"), (["set", "--account", "1"], "--rate"),
    (["set", "--account", "1", "--rate", "many"], "300 per 3h"), (["reset", "--account", "1", "--kind", "certificates-per-domain"], "not one of those"),
    (["list", "--address", "home"], "IPv4 or IPv6"), (["list", "--kind", "orders"], "is none of"), (["unset", "--account", "99999"], "decided otherwise"),
    (["reset", "--account", "1", "--domain", "example.org"], "one of --account"), (["frobnicate"], "there is")])
def test_what_can_not_be_meant_is_said(limited, words, sentence):
    done = limited.cli("limits", *words, check=False)
    assert done.returncode in (1, 2) and sentence in done.stdout, done.stdout


def test_what_is_configured_and_what_is_felt_is_shown(limited, client, registered):
    client.order([registered])
    shown = limited.cli("limits", "show").stdout
    assert re.search(r"orders-per-names +3 per 2h", shown) and re.search(r"requests per address +none", shown)
    listed = limited.cli("limits", "list", "--account", _number(client)).stdout
    assert re.search(rf"orders-per-names +{_number(client)} +3 per 2h; 2 left: {registered}$", listed, re.M), listed
    assert listed.startswith("kind  ") and re.search(rf"orders-per-account +{_number(client)} .* left$", listed, re.M), listed
    first = json.loads(limited.cli("limits", "list", "--limit", "1", "--json").stdout)
    assert len(first["limits"]) == 1 and first["next"]
    second = json.loads(limited.cli("limits", "list", "--limit", "1", "--after", first["next"], "--json").stdout)
    assert second["limits"] != first["limits"]


def test_what_operators_change_stands_in_the_audit_log(limited, client):
    number = _number(client)
    limited.cli("limits", "set", "--account", number, "--rate", "7 per 1h", "--reason", "for the log")
    limited.cli("limits", "reset", "--account", number)
    limited.cli("limits", "unset", "--account", number)
    wait_until(lambda: (limited.directory / "audit.log").read_text().count(f'"account":{number}') >= 3, 10, "three notes")
    text = (limited.directory / "audit.log").read_text()
    assert all(word in text for word in ('"limit-override"', '"limit-reset"', '"limit-override-drop"', "for the log"))
