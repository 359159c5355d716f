"""Subdomain authorizations (RFC 9444): one proof in the zone of D, for the names below D; and for no others."""
import base64
import json
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab import persistent
from lab.acme_raw import Acme, challenge_of, problem
from lab.csr import make_csr
from lab.jws import txt_value
from lab.persist import publish, record
from lab.xicad import Xicad


def _below(name, ancestor):
    return {"type": "dns", "value": name, "ancestorDomain": ancestor}


def _prove(account, nameserver, url):
    """dns-01 for an authorization."""
    authorization = account.json(url)
    token = challenge_of(authorization, "dns-01")["token"]
    nameserver.add(f"_acme-challenge.{authorization['identifier']['value']}", "TXT", f'"{txt_value(account.key, token)}"')
    assert account.post(challenge_of(authorization, "dns-01")["url"], {}).status_code == 200
    settled = account.settled(url)
    assert settled["status"] == "valid", settled
    return settled


def _names(document):
    return {i["value"] for i in document["identifiers"]}


def _dns_names(leaf):
    return set(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName))


def _preauthorize(account, nameserver, domain):
    answer = account.post(account.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": domain, "subdomainAuthAllowed": True}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["subdomainAuthAllowed"] is True
    return answer.headers["Location"], _prove(account, nameserver, answer.headers["Location"])


def test_the_directory_says_so(acme):
    assert acme.directory["meta"]["subdomainAuthAllowed"] is True


def test_one_proof_of_a_domain_covers_it_and_what_is_below(account, nameserver, domain):
    names = [domain, f"conference.{domain}", f"upload.{domain}", f"b.a.{domain}"]
    order = account.order([_below(name, domain) if name != domain else name for name in names[1:]])
    document = order.json()
    assert _names(document) == set(names[1:])
    assert len(document["authorizations"]) == 1
    authorization = account.json(document["authorizations"][0])
    assert authorization["identifier"] == {"type": "dns", "value": domain}
    assert authorization["subdomainAuthAllowed"] is True
    assert {c["type"] for c in authorization["challenges"]} == {"dns-01"}
    _prove(account, nameserver, document["authorizations"][0])
    assert order.json()["status"] == "ready"
    assert _dns_names(order.certificate(make_csr(names[1:])).leaf) == set(names[1:])
    again = account.order(names)
    assert again.json()["status"] == "ready", "the domain itself is proven too, and nobody needs to name it again"
    assert again.json()["authorizations"] == document["authorizations"]
    assert _dns_names(again.certificate(make_csr(names)).leaf) == set(names)


def test_a_domain_authorized_ahead_covers_orders_that_dont_name_it(account, nameserver, domain):
    url, _ = _preauthorize(account, nameserver, domain)
    order = account.order([f"conference.{domain}", f"chat.b.{domain}"])
    assert order.json()["status"] == "ready"
    assert order.json()["authorizations"] == [url]
    assert order.certificate(make_csr([f"conference.{domain}", f"chat.b.{domain}"])).leaf


def test_a_plain_authorization_covers_nothing_below(account, http01, domain):
    order = account.order([domain])
    order.prove_all(http01)
    below = account.order([f"conference.{domain}"])
    assert below.json()["status"] == "pending"
    authorization = account.json(below.json()["authorizations"][0])
    assert authorization["identifier"]["value"] == f"conference.{domain}"
    assert "subdomainAuthAllowed" not in authorization
    asked = account.order([_below(f"upload.{domain}", domain)])
    assert asked.json()["authorizations"] != order.json()["authorizations"], "a proof by a web server is none in the zone"


def test_another_accounts_authorization_covers_nothing(acme, account, nameserver, domain):
    _preauthorize(account, nameserver, domain)
    stranger = acme.new_account()
    for names in ([f"conference.{domain}"], [_below(f"conference.{domain}", domain)]):
        assert stranger.order(names).json()["status"] == "pending"


def test_of_many_names_one_that_is_not_below_is_proven_by_itself(account, nameserver, http01, domain):
    stranger = f"bad{domain}"
    order = account.order([_below(f"a.{domain}", domain), _below(f"b.{domain}", domain), stranger])
    document = order.json()
    by_name = {account.json(url)["identifier"]["value"]: url for url in document["authorizations"]}
    assert set(by_name) == {domain, stranger}
    _prove(account, nameserver, by_name[domain])
    assert order.json()["status"] == "pending"
    assert account.prove(by_name[stranger], http01)["status"] == "valid"
    assert order.json()["status"] == "ready"
    assert _dns_names(order.certificate(make_csr([f"a.{domain}", f"b.{domain}", stranger])).leaf) == {f"a.{domain}", f"b.{domain}", stranger}


def test_the_operator_finds_an_order_by_the_name_below(ca, account, nameserver, domain):
    _preauthorize(account, nameserver, domain)
    name = f"a.{domain}"
    order = account.order([name])
    number = int(order.url.rsplit("/", 1)[1])
    found = json.loads(ca.cli("order", "list", "--name", name, "--json").stdout)["orders"]
    assert [(one["id"], one["names"]) for one in found] == [(number, [name])]
    assert json.loads(ca.cli("order", "list", "--name", domain, "--json").stdout)["orders"] == []
    shown = json.loads(ca.cli("order", "show", str(number), "--json").stdout)
    assert shown["names"] == [name] and [one["name"] for one in shown["authorizations"]] == [domain]
    assert f"names    {name}\n" in ca.cli("order", "show", str(number)).stdout


@pytest.mark.parametrize("name, ancestor", [
    ("bad{d}", "{d}"), ("{d}", "{d}"), ("{d}", "a.{d}"), ("a.{d}", "b.{d}"), ("a.{d}", "*.{d}"), ("a.{d}", ".{d}"), ("a.{d}", "{d}."), ("a.{d}", ""),
    ("a.{d}", 5), ("a.{d}", ["{d}"]), ("a.{d}.evil.example", "{d}")])
def test_what_is_no_ancestor_is_malformed(account, domain, name, ancestor):
    ancestor = ancestor.format(d=domain) if isinstance(ancestor, str) else ancestor
    problem(account.new_order([_below(name.format(d=domain), ancestor)]), "malformed", 400)


def test_a_service_has_no_ancestor(account, domain):
    identifier = {"type": "srv", "value": f"_xmpp-server.a.{domain}", "ancestorDomain": domain}
    problem(account.new_order([identifier]), "malformed", 400)


@pytest.mark.parametrize("ancestor", ["example", "co.uk"])
def test_nobody_stands_for_what_is_below_a_public_suffix(account, domain, ancestor):
    name = f"a.{domain}" if ancestor == "example" else "xica-test.co.uk"
    order = account.order([_below(name, ancestor)])
    authorization = account.json(order.json()["authorizations"][0])
    assert authorization["identifier"]["value"] == name, "it is to be proven by itself"
    answer = account.post(account.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": ancestor, "subdomainAuthAllowed": True}})
    assert not answer.json().get("subdomainAuthAllowed", False)


def test_a_wildcard_is_always_proven_by_itself(account, nameserver, domain):
    _preauthorize(account, nameserver, domain)
    order = account.order([_below(f"*.a.{domain}", domain), f"*.{domain}"])
    for url in order.json()["authorizations"]:
        authorization = account.json(url)
        assert authorization["wildcard"] is True and authorization["status"] == "pending"


def test_caa_records_of_the_name_itself_have_their_say(account, nameserver, domain):
    _preauthorize(account, nameserver, domain)
    names = [f"n{n}.{domain}" for n in range(4)]
    nameserver.add(names[2], "CAA", '0 issue "somebody-else.example"')
    order = account.order(names)
    assert order.json()["status"] == "ready"
    document = problem(order.finalize(make_csr(names)), "caa", 403)
    assert names[2] in document["detail"]
    assert order.json()["status"] == "ready"
    nameserver.replace(names[2], "CAA", '0 issue "localhost\\; validationmethods=dns-01"')
    assert order.certificate(make_csr(names)).leaf


def test_who_may_not_prove_the_domain_by_the_method_gets_nothing_below(account, nameserver, domain):
    nameserver.add(domain, "CAA", '0 issue "localhost\\; validationmethods=http-01"')
    url = account.order([_below(f"a.{domain}", domain)]).json()["authorizations"][0]
    token = challenge_of(account.json(url), "dns-01")["token"]
    nameserver.add(f"_acme-challenge.{domain}", "TXT", f'"{txt_value(account.key, token)}"')
    account.post(challenge_of(account.json(url), "dns-01")["url"], {})
    assert challenge_of(account.settled(url), "dns-01")["error"]["type"].endswith(":caa")


def test_an_authorization_that_ends_takes_all_its_names_along(account, nameserver, domain):
    url, _ = _preauthorize(account, nameserver, domain)
    order = account.order([f"a.{domain}", f"b.{domain}"])
    assert account.post(url, {"status": "deactivated"}).status_code == 200
    assert order.json()["status"] == "invalid"
    assert account.order([f"a.{domain}", f"b.{domain}"]).json()["status"] == "pending"


def test_who_holds_the_domain_and_what_is_below_may_revoke_what_others_got_there(acme, account, nameserver, http01, domain):
    theirs = account.issue([f"a.{domain}"], http01).leaf
    der = base64.urlsafe_b64encode(theirs.public_bytes(serialization.Encoding.DER)).rstrip(b"=").decode()
    holder = acme.new_account()
    problem(holder.post(acme.directory["revokeCert"], {"certificate": der}), "unauthorized", 403)
    _preauthorize(holder, nameserver, domain)
    assert holder.post(acme.directory["revokeCert"], {"certificate": der}).status_code == 200


@pytest.mark.parametrize("point", ["registrar:after-prepare", "signer:after-sign", "registrar:after-certificate-commit"])
def test_a_crash_loses_no_name(workdir, nameserver, domain, point):
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor) as running:
        running.stop()
        running.start(extra=["--crash-at", point])
        account = Acme(running.directory_url, running.root_pem).new_account()
        names = [f"a.{domain}", f"b.{domain}"]
        order = account.order([_below(name, domain) for name in names])
        _prove(account, nameserver, order.json()["authorizations"][0])
        assert persistent.finish(order, make_csr(names))
        assert _dns_names(order.download(order.json()["certificate"]).leaf) == set(names)


def test_a_record_that_stays_stands_for_the_names_below_where_its_policy_says_so(workdir, nameserver, domain):
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--challenges", "dns-persist-01"]) as running:
        acme = Acme(running.directory_url, running.root_pem)
        account = acme.new_account()
        publish(nameserver, domain, record(acme, account, domain))
        url = account.order([_below(f"a.{domain}", domain)]).json()["authorizations"][0]
        account.post(challenge_of(account.json(url), "dns-persist-01")["url"], {})
        assert "policy=wildcard" in challenge_of(account.settled(url), "dns-persist-01")["error"]["detail"]
        publish(nameserver, domain, record(acme, account, domain, "policy=wildcard"))
        order = account.order([_below(f"a.{domain}", domain)])
        url = order.json()["authorizations"][0]
        account.post(challenge_of(account.json(url), "dns-persist-01")["url"], {})
        assert account.settled(url)["status"] == "valid"
        assert order.certificate(make_csr([f"a.{domain}"])).leaf


def test_names_of_very_many_labels_cost_no_more_than_others(account, nameserver, domain):
    """A hundred names of a hundred labels each are ordered and shown within a moment; the ancestor that is named is used however far above it is."""
    deep = ".".join("a" * 100)
    names = [f"n{n}.{deep}.{domain}"[-253:] for n in range(100)]
    began = time.monotonic()
    assert account.order(names).json()["status"] == "pending"
    assert time.monotonic() - began < 5
    _preauthorize(account, nameserver, domain)
    assert account.order([f"x.{deep}.{domain}"]).json()["status"] == "pending", "what is so far above has to be named"
    assert account.order([_below(f"y.{deep}.{domain}", domain)]).json()["status"] == "ready"
