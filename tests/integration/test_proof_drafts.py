"""dns-account-01 (draft-ietf-acme-dns-account-label-03) and dns-persist-01 (draft-ietf-acme-dns-persist-02): what proves, what doesn't, and for whom."""
import base64
import datetime
import hashlib
import time

import pytest

from lab.acme_raw import Acme, challenge_of, problem
from lab.csr import make_csr
from lab.jws import Key, flattened, txt_value
from lab.persist import account_uri, publish, record
from lab.validator import ACCOUNT, THUMBPRINT, TXT, Validator, base64url
from lab.xicad import Xicad

OFFERED = "dns-account-01,dns-persist-01"


@pytest.fixture(scope="module")
def drafts(output, nameserver):
    """A CA that offers both."""
    with Xicad(output / "drafts", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--challenges", OFFERED]) as running:
        yield running


@pytest.fixture(scope="module")
def acme(drafts):
    return Acme(drafts.directory_url, drafts.root_pem)


@pytest.fixture(scope="module")
def validator(nameserver):
    return Validator(dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor)


def _label(account_url):
    return "_" + base64.b32encode(hashlib.sha256(account_url.encode()).digest()[:10]).decode().lower()


def _answer(account, url, kind):
    account.post(challenge_of(account.json(url), kind)["url"], {})
    return account.settled(url)


def _persist(account, names):
    """Orders, and answers each dns-persist-01; returns the order."""
    order = account.order(names)
    for url in order.json()["authorizations"]:
        _answer(account, url, "dns-persist-01")
    return order


def _error(authorization, kind):
    challenge = challenge_of(authorization, kind)
    assert challenge["status"] == "invalid", challenge
    return challenge["error"]


# --- what is offered

def test_the_directory_says_what_is_offered(acme, ca):
    meta = acme.directory["meta"]
    assert {"dns-account-01", "dns-persist-01", "http-01", "dns-01"} <= set(meta["challengeTypes"])
    assert meta["issuerDomainNames"] == meta["caaIdentities"]
    assert meta["accountHashPrefix"].startswith("https://")
    plain = Acme(ca.directory_url, ca.root_pem).directory["meta"]
    assert "dns-persist-01" not in plain["challengeTypes"] and "dns-01" in plain["challengeTypes"]
    assert not {"issuerDomainNames", "accountHashPrefix"} & plain.keys()


def test_drafts_are_offered_only_where_they_are_switched_on(acme, ca, domain):
    account = Acme(ca.directory_url, ca.root_pem).new_account()
    types = {c["type"] for c in account.json(account.order([domain]).json()["authorizations"][0])["challenges"]}
    assert not {"dns-account-01", "dns-persist-01"} & types
    mine = acme.new_account()
    challenges = mine.json(mine.order([domain]).json()["authorizations"][0])["challenges"]
    assert {"dns-account-01", "dns-persist-01"} <= {c["type"] for c in challenges}
    persist = next(c for c in challenges if c["type"] == "dns-persist-01")
    assert persist["issuerDomainNames"] == ["localhost"]
    assert "token" not in persist
    assert len(next(c for c in challenges if c["type"] == "dns-account-01")["token"]) >= 22


def test_services_are_offered_neither(acme, domain):
    account = acme.new_account()
    order = account.order([{"type": "srv", "value": f"_xmpp-server.{domain}"}])
    types = {c["type"] for c in account.json(order.json()["authorizations"][0])["challenges"]}
    assert not {"dns-account-01", "dns-persist-01"} & types


def test_what_is_switched_off_proves_nothing_any_more(workdir, nameserver, domain):
    """A configuration without the challenge: neither is it offered, nor is a proof by it still good."""
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--challenges", OFFERED]) as running:
        acme = Acme(running.directory_url, running.root_pem)
        account = acme.new_account()
        publish(nameserver, domain, record(acme, account, domain))
        assert _persist(account, [domain]).json()["status"] == "ready"
        running.stop()
        at = running.argv.index("--challenges")
        del running.argv[at:at + 2]
        running.start()
        acme.session.close()
        account.acme = Acme(running.directory_url, running.root_pem)
        order = account.order([domain], profile="serverauth")
        assert order.json()["status"] == "pending"
        types = {c["type"] for c in account.json(order.json()["authorizations"][0])["challenges"]}
        assert "dns-persist-01" not in types


# --- dns-account-01

def test_the_record_below_the_accounts_label_proves_a_wildcard_and_its_domain(acme, nameserver, domain):
    account = acme.new_account()
    order = account.order([domain, f"*.{domain}"])
    for url in order.json()["authorizations"]:
        token = challenge_of(account.json(url), "dns-account-01")["token"]
        nameserver.add(f"{_label(account.url)}._acme-challenge.{domain}", "TXT", f'"{txt_value(account.key, token)}"')
        assert _answer(account, url, "dns-account-01")["status"] == "valid"
    leaf = order.certificate(make_csr([domain, f"*.{domain}"])).leaf
    assert leaf


def test_two_accounts_prove_a_domain_side_by_side_through_a_cname_each(acme, nameserver, domain):
    for account in (acme.new_account(), acme.new_account()):
        target = f"{_label(account.url)[1:]}.proofs.plain.example"
        nameserver.add(f"{_label(account.url)}._acme-challenge.{domain}", "CNAME", f"{target}.")
        url = account.order([domain]).json()["authorizations"][0]
        nameserver.add(target, "TXT", f'"{txt_value(account.key, challenge_of(account.json(url), "dns-account-01")["token"])}"')
        assert _answer(account, url, "dns-account-01")["status"] == "valid"


def test_a_record_at_anothers_label_or_of_anothers_key_proves_nothing(acme, nameserver, domain):
    mine, other = acme.new_account(), acme.new_account()
    url = mine.order([domain]).json()["authorizations"][0]
    token = challenge_of(mine.json(url), "dns-account-01")["token"]
    nameserver.add(f"{_label(other.url)}._acme-challenge.{domain}", "TXT", f'"{txt_value(mine.key, token)}"')
    nameserver.add(f"_acme-challenge.{domain}", "TXT", f'"{txt_value(mine.key, token)}"')
    error = _error(_answer(mine, url, "dns-account-01"), "dns-account-01")
    assert error["type"].endswith(":unauthorized") and mine.url in error["detail"]
    url = mine.order([domain]).json()["authorizations"][0]
    token = challenge_of(mine.json(url), "dns-account-01")["token"]
    nameserver.add(f"{_label(mine.url)}._acme-challenge.{domain}", "TXT", f'"{txt_value(other.key, token)}"')
    assert _error(_answer(mine, url, "dns-account-01"), "dns-account-01")["type"].endswith(":incorrectResponse")


def test_the_validator_looks_at_the_label_of_the_account_that_it_is_told(validator, nameserver, domain):
    nameserver.add(f"{_label(ACCOUNT)}._acme-challenge.{domain}", "TXT", f'"{TXT}"')
    answer = validator.ask("dns-account-01", domain)
    assert answer.problem == "" and answer.receipts[0]["method"] == "dns-account-01"
    assert validator.ask("dns-account-01", f"other.{domain}").problem == "unauthorized"


# --- dns-persist-01

def test_one_record_proves_again_and_again(acme, nameserver, domain):
    account = acme.new_account()
    publish(nameserver, domain, record(acme, account, domain))
    first = _persist(account, [domain])
    leaf = first.certificate(make_csr([domain])).leaf
    assert account.post(first.json()["authorizations"][0], {"status": "deactivated"}).status_code == 200
    second = _persist(account, [domain])
    assert second.url != first.url
    assert second.certificate(make_csr([domain])).leaf.serial_number != leaf.serial_number


def test_another_account_gets_nothing_by_it_nor_the_same_account_another_name(acme, nameserver, domain):
    owner, stranger = acme.new_account(), acme.new_account()
    publish(nameserver, domain, record(acme, owner, domain))
    url = stranger.order([domain]).json()["authorizations"][0]
    assert _error(_answer(stranger, url, "dns-persist-01"), "dns-persist-01")["type"].endswith(":incorrectResponse")
    other = f"other-{domain}"
    publish(nameserver, other, record(acme, owner, domain))
    url = owner.order([other]).json()["authorizations"][0]
    assert _error(_answer(owner, url, "dns-persist-01"), "dns-persist-01")["type"].endswith(":incorrectResponse")


def test_a_record_for_any_domain_serves_each_where_it_stands(acme, nameserver, domain):
    account = acme.new_account()
    publish(nameserver, domain, record(acme, account, "*"))
    assert _persist(account, [domain]).json()["status"] == "ready"
    url = account.order([f"other-{domain}"]).json()["authorizations"][0]
    assert _error(_answer(account, url, "dns-persist-01"), "dns-persist-01")["type"].endswith(":unauthorized")


def test_a_wildcard_needs_the_policy(acme, nameserver, domain):
    account = acme.new_account()
    publish(nameserver, domain, record(acme, account, domain))
    order = account.order([f"*.{domain}"])
    error = _error(_answer(account, order.json()["authorizations"][0], "dns-persist-01"), "dns-persist-01")
    assert "policy=wildcard" in error["detail"]
    publish(nameserver, domain, record(acme, account, domain, "policy=WildCard"))
    assert _persist(account, [f"*.{domain}", domain]).certificate(make_csr([f"*.{domain}", domain])).leaf


def test_the_authorization_ends_with_therecord(acme, nameserver, domain):
    account = acme.new_account()
    until = int(time.time()) + 3600
    publish(nameserver, domain, record(acme, account, domain, f"persistUntil={until}"))
    order = _persist(account, [domain])
    expires = account.json(order.json()["authorizations"][0])["expires"]
    assert datetime.datetime.fromisoformat(expires.replace("Z", "+00:00")).timestamp() == until


def test_a_record_of_a_key_that_the_account_had_before_goes_on_proving(acme, nameserver, domain):
    """The record names the key: after a change of keys the signer sees by the keyChange requests that old and new are of one holder."""
    account = acme.new_account()
    before = account.key
    publish(nameserver, domain, record(acme, account, domain))
    for _ in range(2):
        new = Key()
        url = acme.directory["keyChange"]
        inner = flattened(new, {"alg": new.algorithm, "jwk": new.jwk(), "url": url}, {"account": account.url, "oldKey": account.key.jwk()})
        assert account.post(url, inner).status_code == 200
        account.key = new
    assert account.key.thumbprint() != before.thumbprint()
    order = _persist(account, [domain])
    assert order.json()["status"] == "ready", account.json(order.json()["authorizations"][0])
    assert order.certificate(make_csr([domain])).leaf


def test_a_deactivated_account_gets_nothing_by_itsrecord(acme, nameserver, domain):
    account = acme.new_account()
    publish(nameserver, domain, record(acme, account, domain))
    assert account.post(account.url, {"status": "deactivated"}).status_code == 200
    problem(account.new_order([domain]), "unauthorized|accountDoesNotExist")
    again = acme.post_jwk(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, account.key)
    assert again.status_code in (400, 401, 403)


def test_caa_may_forbid_it_by_its_name(acme, nameserver, domain):
    account = acme.new_account()
    publish(nameserver, domain, record(acme, account, domain))
    nameserver.add(domain, "CAA", '0 issue "localhost\\; validationmethods=dns-01"')
    url = account.order([domain]).json()["authorizations"][0]
    assert _error(_answer(account, url, "dns-persist-01"), "dns-persist-01")["type"].endswith(":caa")
    nameserver.replace(domain, "CAA", '0 issue "localhost\\; validationmethods=dns-persist-01"')
    assert _persist(account, [domain]).json()["status"] == "ready"


# One validator for many records: what its owner wrote, and what comes of it.
PREFIX = "https://ca.example/account-hash/"
SOON, OVER = str(int(time.time()) + 5000), str(int(time.time()) - 5)


def _uri_of(domain="{domain}", thumbprint=base64url(THUMBPRINT), account=ACCOUNT):
    return lambda name: account_uri(PREFIX, domain.format(domain=name), thumbprint, account)


RIGHT = _uri_of()
RECORDS = {
    "right": (["{ca}; accounturi={uri}"], RIGHT, ""),
    "spaces-and-case": (["  CA.Example ;AccountURI = {uri} "], RIGHT, ""),
    "unknown-parameters": (["{ca}; first=1; accounturi={uri}; last=; last=2"], RIGHT, ""),
    "not-over": (["{ca}; accounturi={uri}; persistUntil=" + SOON], RIGHT, ""),
    "one-of-several": (["v=spf1 -all", "other.example; accounturi={uri}", "{ca}; accounturi=x", "{ca}; accounturi={uri}"], RIGHT, ""),
    "over-beside-right": (["{ca}; accounturi={uri}; persistUntil=" + OVER, "{ca}; accounturi={uri}"], RIGHT, ""),
    "any-domain": (["{ca}; accounturi={uri}"], _uri_of("*"), ""),
    "over": (["{ca}; accounturi={uri}; persistUntil=" + OVER], RIGHT, "incorrectResponse"),
    "until-no-number": (["{ca}; accounturi={uri}; persistUntil=tomorrow"], RIGHT, "incorrectResponse"),
    "until-twice": (["{ca}; accounturi={uri}; persistUntil=" + SOON + "; persistUntil=" + SOON], RIGHT, "incorrectResponse"),
    "other-issuer": (["other.example; accounturi={uri}"], RIGHT, "incorrectResponse"),
    "issuer-below": (["sub.ca.example; accounturi={uri}"], RIGHT, "incorrectResponse"),
    "no-issuer": (["; accounturi={uri}"], RIGHT, "incorrectResponse"),
    "no-account": (["{ca}", "{ca};", "{ca}; policy=wildcard"], RIGHT, "incorrectResponse"),
    "account-twice": (["{ca}; accounturi={uri}; accounturi={uri}"], RIGHT, "incorrectResponse"),
    "account-in-the-clear": (["{ca}; accounturi=" + ACCOUNT], RIGHT, "incorrectResponse"),
    "other-account-url": (["{ca}; accounturi={uri}"], _uri_of(account=ACCOUNT + "0"), "incorrectResponse"),
    "other-key": (["{ca}; accounturi={uri}"], _uri_of(thumbprint=base64url(b"x" * 32)), "incorrectResponse"),
    "other-domain": (["{ca}; accounturi={uri}"], _uri_of("x{domain}"), "incorrectResponse"),
    "longer": (["{ca}; accounturi={uri}A"], RIGHT, "incorrectResponse"),
    "upper-case-uri": (["{ca}; accounturi={uri}"], lambda name: RIGHT(name).upper(), "incorrectResponse"),
    "hanging-semicolon": (["{ca}; accounturi={uri};"], RIGHT, "incorrectResponse"),
}


@pytest.fixture(scope="module")
def judged(validator, nameserver):
    names = {case: f"{case}.persist.xmpp.example" for case in RECORDS}
    for case, (values, uri, _) in RECORDS.items():
        for value in values:
            publish(nameserver, names[case], value.format(ca="ca.example", uri=uri(names[case])))
    questions = [("dns-persist-01", name) for name in names.values()]
    questions += [("dns-persist-01", "*." + names["right"]), ("dns-persist-01", "nothing.persist.xmpp.example"), ("dns-persist-01", "bogus.example"),
                  ("dns-persist-01", "_xmpp-server." + names["right"])]
    answers = validator.ask_all(questions)
    return lambda case, name=None: answers["dns-persist-01", name or names[case]], names


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_proves_when_it_is_for_this_ca_this_account_this_key_and_this_domain(judged, case):
    answer = judged[0](case)
    assert answer.problem == RECORDS[case][2], answer.detail
    assert bool(answer.receipts) == (answer.problem == "")
    if answer.receipts:
        assert [r["method"] for r in answer.receipts] == ["dns-persist-01"] * 2


def test_a_receipt_ends_with_itsrecord(judged):
    assert 0 < judged[0]("not-over").receipts[0]["lifetime"] <= 5000
    assert judged[0]("over-beside-right").receipts[0]["lifetime"] > 86000


def test_nothing_is_proven_where_nothing_stands_or_the_answer_is_forged(judged):
    ask, names = judged
    assert ask(None, "nothing.persist.xmpp.example").problem == "unauthorized"
    assert ask(None, "bogus.example").problem == "dns"
    assert ask(None, "*." + names["right"]).problem == "incorrectResponse"
    assert ask(None, "_xmpp-server." + names["right"]).problem == "refused"


def test_what_somebody_else_wrote_is_in_no_answer(judged, nameserver, validator):
    publish(nameserver, "words.persist.xmpp.example", "secret words of somebody else")
    detail = validator.ask("dns-persist-01", "words.persist.xmpp.example").detail
    assert "secret" not in detail and _uri_of()("words.persist.xmpp.example") in detail
