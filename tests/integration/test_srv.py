"""The identifier type srv (draft-lebihan-srv-identifier-validation-extension): a service of a domain, proven and certified without the domain."""
import subprocess

import pytest

from lab import certs
from lab.acme_raw import challenge_of, problem
from lab.csr import ia5string, make_csr
from lab.jws import txt_value
from lab.paths import BUILD


def _srv(domain, service="_xmpp-server"):
    return {"type": "srv", "value": f"{service}.{domain}"}


def _srv_csr(*names, dns=(), **more):
    return make_csr(list(dns), other_names=[(certs.SRV_NAME, ia5string(name)) for name in names], **more)


def _prove(account, nameserver, url, at):
    """dns-01 with the right record at this name; returns the settled authorization."""
    challenge = challenge_of(account.json(url), "dns-01")
    nameserver.add(at, "TXT", f'"{txt_value(account.key, challenge["token"])}"')
    account.post(challenge["url"], {})
    return account.settled(url)


def _proven_order(account, nameserver, domain, **members):
    order = account.order([_srv(domain)], **members)
    authorization = _prove(account, nameserver, order.json()["authorizations"][0], f"_acme-challenge._xmpp-server.{domain}")
    assert authorization["status"] == "valid", authorization
    return order


@pytest.fixture
def hosted(account, nameserver, domain):
    """A hosting company's order for a customer's service, who delegated one name of his zone: ready for its CSR."""
    return _proven_order(account, nameserver, domain, profile="delegated")


def test_a_hosting_company_gets_the_service_and_nothing_else_of_its_customer(hosted, ca, domain, workdir):
    issued = hosted.certificate(_srv_csr(f"_xmpp-server.{domain}"))
    assert certs.srv_names(issued.leaf) == [f"_xmpp-server.{domain}"]
    assert certs.dns_names(issued.leaf) == [] and certs.other_name_types(issued.leaf) == {certs.SRV_NAME}
    assert domain not in issued.leaf.subject.rfc4514_string(), "no verifier can take the subject for a host"
    verified = certs.openssl_verify(issued, ca.root_pem, workdir, ["-x509_strict", "-purpose", "sslserver"])
    assert verified.returncode == 0, verified.stdout
    linted = subprocess.run([BUILD / "xica", "lint", "--profile", "delegated", workdir / "leaf.pem"], capture_output=True, text=True, timeout=30)
    assert (linted.returncode, linted.stdout) == (0, f"{workdir / 'leaf.pem'}: ok\n")


def test_openssl_finds_no_host_in_a_delegated_certificate(hosted, ca, domain, workdir):
    issued = hosted.certificate(_srv_csr(f"_xmpp-server.{domain}"))
    assert certs.openssl_verify(issued, ca.root_pem, workdir, ["-verify_hostname", domain]).returncode != 0


def test_the_authorization_shows_the_service_and_is_proven_in_the_dns_or_by_its_own_servers(account, domain):
    order = account.order([_srv(domain.upper())], profile="delegated")
    assert order.json()["identifiers"] == [_srv(domain)]
    authorization = account.json(order.json()["authorizations"][0])
    assert authorization["identifier"] == _srv(domain) and "wildcard" not in authorization
    assert [challenge["type"] for challenge in authorization["challenges"]] == ["dns-01", "xmpp-01", "xmpp-tls-01"]


@pytest.mark.parametrize("more", [
    {"dns": ["{d}"]}, {"dns": ["*.{d}"]}, {"common_name": "{d}"}, {"srv": "_xmpp-client.{d}"}, {"srv": "_xmpp-server.more.{d}"}, {"srv": "_imaps.{d}"}],
    ids=["dNSName", "wildcard", "common name", "_xmpp-client", "of a host below", "another service"])
def test_a_csr_with_one_name_more_than_the_service_is_refused(hosted, domain, more):
    srv = [f"_xmpp-server.{domain}"] + ([more["srv"].format(d=domain)] if "srv" in more else [])
    common_name = more["common_name"].format(d=domain) if "common_name" in more else None
    csr = _srv_csr(*srv, dns=[name.format(d=domain) for name in more.get("dns", ())], common_name=common_name)
    problem(hosted.finalize(csr), "badCSR", 400)
    assert certs.srv_names(hosted.certificate(_srv_csr(f"_xmpp-server.{domain}")).leaf) == [f"_xmpp-server.{domain}"]


def test_who_proved_the_service_still_has_to_prove_the_domain(hosted, domain):
    order = hosted.account.order([domain])
    assert order.json()["status"] == "pending"
    authorization = hosted.account.json(order.json()["authorizations"][0])
    assert (authorization["status"], authorization["identifier"]) == ("pending", {"type": "dns", "value": domain})


def test_who_proved_the_domain_still_has_to_prove_the_service_where_it_is(account, nameserver, domain):
    order = account.order([_srv(domain)], profile="delegated")
    authorization = _prove(account, nameserver, order.json()["authorizations"][0], f"_acme-challenge.{domain}")
    assert authorization["status"] == "invalid"
    assert f"_acme-challenge._xmpp-server.{domain}" in challenge_of(authorization, "dns-01")["error"]["detail"]


def test_the_customer_may_delegate_the_one_name_by_a_cname(account, nameserver, domain):
    order = account.order([_srv(domain)], profile="delegated")
    target = f"{domain.split('.')[0]}.hosting.plain.example"
    nameserver.add(f"_acme-challenge._xmpp-server.{domain}", "CNAME", f"{target}.")
    assert _prove(account, nameserver, order.json()["authorizations"][0], target)["status"] == "valid"


def test_an_order_of_domain_and_service_mixed_has_the_names_of_both(account, nameserver, http01, domain):
    other = f"hosted.{domain}"
    nameserver.add(domain, "A", "127.0.0.1")
    order = account.order([domain, _srv(other)])
    for url in order.json()["authorizations"]:
        by_name = account.json(url)["identifier"]["type"] == "dns"
        done = account.prove(url, http01) if by_name else _prove(account, nameserver, url, f"_acme-challenge._xmpp-server.{other}")
        assert done["status"] == "valid", done
    problem(order.finalize(_srv_csr(dns=[domain, other])), "badCSR", 400)
    leaf = order.certificate(_srv_csr(f"_xmpp-server.{other}", dns=[domain])).leaf
    assert certs.dns_names(leaf) == [domain]
    assert set(certs.srv_names(leaf)) == {f"_xmpp-client.{domain}", f"_xmpp-server.{domain}", f"_xmpp-server.{other}"}


@pytest.mark.parametrize("names, profile", [(["{d}"], "delegated"), (["{d}", "srv"], "delegated"), (["srv"], "serverauth")])
def test_a_profile_that_cannot_carry_an_identifier_refuses_the_order(account, domain, names, profile):
    asked = [_srv(domain) if name == "srv" else name.format(d=domain) for name in names]
    problem(account.new_order(asked, profile=profile), "invalidProfile", 400)


@pytest.mark.parametrize("value", [
    "{d}", "_xmpp-client.{d}", "_xmpps-server.{d}", "_xmpp-server._tcp.{d}", "*._xmpp-server.{d}", "_xmpp-server.*.{d}", "_xmpp-server.", "_xmpp-server",
    "_xmpp-server.192.0.2.1", "_xmpp-server.{d}.", ""])
def test_what_is_no_service_that_we_certify_is_refused_by_its_name(account, domain, value):
    asked = {"type": "srv", "value": value.format(d=domain)}
    problem(account.new_order([asked], profile="delegated"), "rejectedIdentifier", 400)
    document = problem(account.new_order([asked, _srv(domain)], profile="delegated"), "rejectedIdentifier", 400)
    assert [sub["identifier"] for sub in document["subproblems"]] == [asked]


def test_the_caa_records_of_the_domain_hold_for_its_services(acme, account, nameserver, domain):
    ours = acme.directory["meta"]["caaIdentities"][0]
    at = f"_acme-challenge._xmpp-server.{domain}"
    nameserver.add(domain, "CAA", '0 issue "other.example"')
    refused = _prove(account, nameserver, account.order([_srv(domain)], profile="delegated").json()["authorizations"][0], at)
    assert challenge_of(refused, "dns-01")["error"]["type"] == "urn:ietf:params:acme:error:caa"
    nameserver.replace(domain, "CAA", f'0 issue "{ours}; validationmethods=dns-01"')
    allowed = _prove(account, nameserver, account.order([_srv(domain)], profile="delegated").json()["authorizations"][0], at)
    assert allowed["status"] == "valid", allowed


def test_a_service_is_authorized_ahead_of_its_order(account, nameserver, domain):
    answer = account.post(account.acme.directory["newAuthz"], {"identifier": _srv(domain)})
    assert answer.status_code == 201 and answer.json()["identifier"] == _srv(domain)
    url = answer.headers["Location"]
    assert _prove(account, nameserver, url, f"_acme-challenge._xmpp-server.{domain}")["status"] == "valid"
    order = account.order([_srv(domain)], profile="delegated")
    assert order.json()["status"] == "ready" and order.json()["authorizations"] == [url]


def _revoke(account, leaf):
    return account.post(account.acme.directory["revokeCert"], {"certificate": certs.to_der64(leaf)})


def test_who_proves_the_service_revokes_a_delegated_certificate_of_anothers(acme, hosted, nameserver, domain):
    leaf = hosted.certificate(_srv_csr(f"_xmpp-server.{domain}")).leaf
    other = acme.new_account()
    problem(_revoke(other, leaf), "unauthorized", 403)
    _proven_order(other, nameserver, domain)
    assert _revoke(other, leaf).status_code == 200


def test_who_proves_the_domain_revokes_a_delegated_certificate_of_it(acme, hosted, nameserver, http01, domain):
    nameserver.add(domain, "A", "127.0.0.1")
    leaf = hosted.certificate(_srv_csr(f"_xmpp-server.{domain}")).leaf
    customer = acme.new_account()
    customer.order([domain]).prove_all(http01)
    assert _revoke(customer, leaf).status_code == 200


def test_who_proves_the_service_alone_does_not_revoke_the_domains_certificate(acme, account, nameserver, http01, domain):
    leaf = account.issue([domain], http01).leaf
    hoster = acme.new_account()
    _proven_order(hoster, nameserver, domain, profile="delegated")
    problem(_revoke(hoster, leaf), "unauthorized", 403)
