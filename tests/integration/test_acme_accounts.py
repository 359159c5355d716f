"""Accounts: registration, contacts, key change, deactivation, external binding, the list of orders (RFC 8555 §7.3, 7.1.2.1)."""
import itertools
import json
import os
import sqlite3

import pytest

from lab.acme_raw import Acme, problem
from lab.csr import make_csr
from lab.jws import Key, external_account_binding, flattened
from lab.race import at_once
from lab.xicad import Xicad

AGREED = {"termsOfServiceAgreed": True}


def test_a_key_has_one_account_created_once(acme):
    key = Key()
    first = acme.post_jwk(acme.directory["newAccount"], AGREED, key)
    second = acme.post_jwk(acme.directory["newAccount"], AGREED, key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"] == second.headers["Location"]
    assert first.json()["status"] == "valid" and first.json()["orders"].startswith("https://")


def test_of_64_registrations_of_one_key_one_creates_the_account(acme):
    key = Key()
    bodies = [flattened(key, {"alg": "ES256", "jwk": key.jwk(), "nonce": acme.nonce(), "url": acme.directory["newAccount"]}, AGREED)
              for _ in range(64)]
    answers = at_once([lambda body=body: acme.send(acme.directory["newAccount"], body) for body in bodies])
    assert sorted(answer.status_code for answer in answers) == [200] * 63 + [201]
    assert len({answer.headers["Location"] for answer in answers}) == 1


def test_only_return_existing_creates_nothing(acme):
    key = Key()
    for _ in range(2):
        problem(acme.post_jwk(acme.directory["newAccount"], {"onlyReturnExisting": True}, key), "accountDoesNotExist", 400)
    account = acme.new_account(key)
    found = acme.post_jwk(acme.directory["newAccount"], {"onlyReturnExisting": True}, key)
    assert (found.status_code, found.headers["Location"]) == (200, account.url)


@pytest.mark.parametrize("agreed", [{}, {"termsOfServiceAgreed": False}], ids=json.dumps)
def test_the_terms_must_be_agreed_to(acme, agreed):
    problem(acme.post_jwk(acme.directory["newAccount"], agreed, Key()), "malformed|userActionRequired")


@pytest.mark.parametrize("contact, kind", [
    ("mailto:nobody", "invalidContact"), ("mailto:", "invalidContact"), ("mailto:a@b.example,c@d.example", "invalidContact"),
    ("mailto:a@b.example?subject=x", "invalidContact"), ("mailto:a@b.example\r\nBcc: c", "invalidContact"),
    ("tel:+123456", "unsupportedContact"), ("https://b.example/", "unsupportedContact"), ("admin@b.example", "unsupportedContact|invalidContact")])
def test_a_contact_must_be_one_mail_address(acme, contact, kind):
    problem(acme.post_jwk(acme.directory["newAccount"], {**AGREED, "contact": [contact]}, Key()), kind)


def test_contacts_can_be_changed_and_removed(acme):
    account = acme.new_account(contact=["mailto:one@b.example"])
    assert account.json(account.url)["contact"] == ["mailto:one@b.example"]
    assert account.post(account.url, {"contact": ["mailto:two@b.example"]}).json()["contact"] == ["mailto:two@b.example"]
    assert account.post(account.url, {"contact": []}).json().get("contact", []) == []
    problem(account.post(account.url, {"contact": ["mailto:bad"]}), "invalidContact")


def test_a_deactivated_account_can_do_nothing(acme, http01, domain):
    account = acme.new_account()
    issued = account.issue([domain], http01)
    order = account.order([domain])
    assert account.post(account.url, {"status": "deactivated"}).json()["status"] == "deactivated"
    for answer in (account.read(account.url), account.new_order(["later.xmpp.example"]), account.read(order.url),
                   account.post(account.url, {"status": "valid"}), account.read(issued.url),
                   acme.post_jwk(acme.directory["newAccount"], AGREED, account.key)):
        problem(answer, "unauthorized|accountDoesNotExist")


def _key_change(account, new_key, *, inner_header=None, inner_payload=None):
    url = account.acme.directory["keyChange"]
    header = {"alg": new_key.algorithm, "jwk": new_key.jwk(), "url": url, **(inner_header or {})}
    payload = {"account": account.url, "oldKey": account.key.jwk(), **(inner_payload or {})}
    return account.post(url, flattened(new_key, {k: v for k, v in header.items() if v is not None}, payload))


@pytest.mark.parametrize("algorithm", ["ES384", "RS256", "EdDSA"])
def test_a_key_change_replaces_the_key(acme, account, algorithm):
    new = Key(algorithm)
    assert _key_change(account, new).status_code == 200
    problem(account.read(account.url), "malformed|unauthorized|badSignatureAlgorithm")
    account.key = new
    assert account.json(account.url)["status"] == "valid"


def test_a_key_change_to_a_key_in_use_is_409_with_the_other_account(acme, account):
    other = acme.new_account()
    answer = _key_change(account, other.key)
    assert answer.status_code == 409
    assert answer.headers["Location"] == other.url
    assert account.read(account.url).status_code == 200


@pytest.mark.parametrize("bend", [
    {"inner_header": {"jwk": None}}, {"inner_header": {"url": "https://elsewhere.example/"}}, {"inner_header": {"nonce": "AAAA"}},
    {"inner_payload": {"account": "https://elsewhere.example/1"}}, {"inner_payload": {"oldKey": {"kty": "oct"}}},
    {"inner_payload": {"oldKey": Key().jwk()}}], ids=lambda bend: json.dumps(bend)[:60])
def test_a_key_change_that_does_not_say_the_same_inside_is_refused(account, bend):
    problem(_key_change(account, Key(), **bend), "malformed|unauthorized|badPublicKey")
    assert account.read(account.url).status_code == 200


def test_a_key_change_must_be_signed_by_the_new_key(account):
    new = Key()
    url = account.acme.directory["keyChange"]
    inner = flattened(Key(), {"alg": "ES256", "jwk": new.jwk(), "url": url}, {"account": account.url, "oldKey": account.key.jwk()})
    problem(account.post(url, inner), "malformed|unauthorized")


def test_what_was_proved_before_a_key_change_is_good_for_finalize_after_it(account, http01, domain):
    order = account.order([domain]).prove_all(http01)
    for _ in range(2):
        new = Key()
        assert _key_change(account, new).status_code == 200
        account.key = new
    assert order.certificate(make_csr([domain])).leaf


def test_objects_of_others_are_404(acme, account, http01, domain):
    order = account.order([domain])
    authorization = order.json()["authorizations"][0]
    challenge = account.json(authorization)["challenges"][0]["url"]
    issued = account.issue([f"other.{domain}"], http01)
    stranger = acme.new_account()
    for url in (order.url, authorization, challenge, issued.url, account.json(account.url)["orders"]):
        assert stranger.read(url).status_code == 404, url
    assert stranger.post(challenge, {}).status_code == 404
    assert stranger.post(authorization, {"status": "deactivated"}).status_code == 404
    assert stranger.post(order.json()["finalize"], {"csr": "AAAA"}).status_code == 404
    assert account.json(authorization)["status"] == "pending"


def test_anothers_account_is_not_readable(acme, account):
    stranger = acme.new_account()
    assert stranger.read(account.url).status_code in (401, 403, 404)
    assert stranger.post(account.url, {"status": "deactivated"}).status_code in (401, 403, 404)
    assert account.json(account.url)["status"] == "valid"


def test_the_list_of_orders_comes_in_pages_that_link_to_the_next(account):
    orders = {account.order([f"o{number}.plain.example"]).url for number in range(60)}
    listed, url = [], account.json(account.url)["orders"]
    for pages in itertools.count(1):
        answer = account.read(url)
        assert answer.status_code == 200 and pages <= 60
        listed += answer.json()["orders"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert pages > 1
    assert len(listed) == len(set(listed)) and set(listed) == orders


@pytest.fixture(scope="module")
def bound_ca(output, nameserver):
    """A CA that takes accounts only with an external binding."""
    with Xicad(output / "bound-ca", dns=nameserver.endpoint, options=["--eab-required"]) as running:
        yield running


def _binding(ca):
    made = json.loads(ca.cli("account", "eab", "create", "--json").stdout)
    return made["kid"], made["hmac_key"]


def test_an_account_needs_its_external_binding_where_that_is_required(bound_ca):
    acme = Acme(bound_ca.directory_url, bound_ca.root_pem)
    assert acme.directory["meta"]["externalAccountRequired"] is True
    url = acme.directory["newAccount"]
    problem(acme.post_jwk(url, AGREED, Key()), "externalAccountRequired")
    kid, mac = _binding(bound_ca)
    key = Key()
    for bad in (external_account_binding(key, kid, mac[:-2] + "AA", url), external_account_binding(key, "nobody", mac, url),
                external_account_binding(Key(), kid, mac, url), external_account_binding(key, kid, mac, url + "/")):
        problem(acme.post_jwk(url, {**AGREED, "externalAccountBinding": bad}, key), "malformed|unauthorized")
    good = {**AGREED, "externalAccountBinding": external_account_binding(key, kid, mac, url)}
    assert acme.post_jwk(url, good, key).status_code == 201
    second = Key()
    again = {**AGREED, "externalAccountBinding": external_account_binding(second, kid, mac, url)}
    problem(acme.post_jwk(url, again, second), "malformed|unauthorized")


def _give_to_a_person(ca, kid, address):
    """The key becomes that of a person with this address, as if made on the site."""
    database = sqlite3.connect(ca.directory / "db" / "xica.db", timeout=10)
    with database:
        person = database.execute("INSERT INTO person (key, address, status, created, operator, notices, language, unsubscribe, user_handle, password_hash)"
                                  " VALUES (?, ?, 1, 0, 0, 31, 'en', ?, ?, '')", (address, address, address, os.urandom(16))).lastrowid
        database.execute("UPDATE eab_key SET person_id = ? WHERE kid = ?", (person, kid))
    database.close()
    return person


def test_a_key_of_a_suspended_person_opens_no_account(bound_ca):
    acme = Acme(bound_ca.directory_url, bound_ca.root_pem)
    url = acme.directory["newAccount"]
    kid, mac = _binding(bound_ca)
    person = str(_give_to_a_person(bound_ca, kid, "anna@example.org"))
    key = Key()
    request = {**AGREED, "externalAccountBinding": external_account_binding(key, kid, mac, url)}
    bound_ca.cli("person", "suspend", person)
    assert "suspended" in problem(acme.post_jwk(url, request, key), "unauthorized")["detail"]
    bound_ca.cli("person", "resume", person)
    assert acme.post_jwk(url, request, key).status_code == 201
