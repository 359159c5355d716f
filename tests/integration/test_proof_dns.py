"""dns-01 (RFC 8555 §8.4), tls-alpn-01 (RFC 8737), CAA (RFC 8659, 8657) and DNSSEC: what proves, what forbids, what is in doubt."""
import ssl

import pytest
from cryptography import x509

from lab.acme_raw import challenge_of
from lab.alpn import OLD_ACME_IDENTIFIER, AlpnResponder, challenge_certificate
from lab.csr import make_csr
from lab.jws import txt_value


def _authorization(account, name):
    return account.order([name]).json()["authorizations"][0]


def _challenge(account, url, kind):
    """Posts a challenge whose answer stands ready; returns it in its final state."""
    account.post(challenge_of(account.json(url), kind)["url"], {})
    return challenge_of(account.settled(url), kind)


def _error(challenge):
    assert challenge["status"] == "invalid", challenge
    assert challenge["error"]["detail"]
    return challenge["error"]["type"].removeprefix("urn:ietf:params:acme:error:")


def _by_dns(account, nameserver, name, values=None, at=None):
    """dns-01 for a name, with the given TXT values (default: the right one) at `at`; returns the settled challenge."""
    url = _authorization(account, name)
    right = txt_value(account.key, challenge_of(account.json(url), "dns-01")["token"])
    for value in [right] if values is None else values:
        nameserver.add(at or f"_acme-challenge.{name}", "TXT", f'"{value.format(right=right)}"')
    return _challenge(account, url, "dns-01")


def test_one_right_record_among_others_proves(account, nameserver, domain):
    assert _by_dns(account, nameserver, domain, ["v=spf1 -all", "{right}", "something else"])["status"] == "valid"


def test_a_right_record_behind_a_cname_proves(account, nameserver, domain):
    nameserver.add(f"_acme-challenge.{domain}", "CNAME", f"{domain.split('.')[0]}.proofs.plain.example.")
    assert _by_dns(account, nameserver, domain, at=f"{domain.split('.')[0]}.proofs.plain.example")["status"] == "valid"


@pytest.mark.parametrize("values", [["wrong"], ["{right}x"], ["x{right}"], []], ids=["wrong", "longer", "prefixed", "none"])
def test_no_right_record_proves_nothing(account, nameserver, domain, values):
    challenge = _by_dns(account, nameserver, domain, values)
    assert _error(challenge) in ("unauthorized", "incorrectResponse", "dns")
    assert f"_acme-challenge.{domain}" in challenge["error"]["detail"]


def test_a_forged_zone_refuses_every_proof(account, http01, nameserver):
    assert _error(_by_dns(account, nameserver, "bogus.example")) in ("dns", "caa")
    assert _error(_by_dns(account, nameserver, "sub.bogus.example", [])) in ("dns", "caa")
    url = _authorization(account, "www.bogus.example")
    challenge = challenge_of(account.json(url))
    http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
    assert _error(_challenge(account, url, "http-01")) in ("dns", "caa", "connection")


def test_an_unsigned_zone_proves_as_well_as_a_signed_one(account, http01, domain):
    label = domain.split(".")[0]
    assert account.issue([f"{label}.plain.example", domain], http01).leaf


def _by_alpn(account, ca, workdir, name, *, names=None, protocols=("acme-tls/1",), context=None, thumbprint_of=None, **bend):
    url = _authorization(account, name)
    token = challenge_of(account.json(url), "tls-alpn-01")["token"]
    proof = challenge_certificate(names or [name], (thumbprint_of or account).key.key_authorization(token), **bend)
    with AlpnResponder(ca.tlsalpn01_port, workdir, proof, protocols, context):
        return _challenge(account, url, "tls-alpn-01")


def test_the_right_certificate_under_acme_tls_proves(account, ca, workdir, domain):
    assert _by_alpn(account, ca, workdir, domain)["status"] == "valid"


def _tls_1_1(context):
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")


@pytest.mark.parametrize("bend", [
    {"critical": False}, {"identifier": False}, {"oid": OLD_ACME_IDENTIFIER}, {"protocols": ("http/1.1",)}, {"protocols": ()},
    {"names": ["other.example"]}, {"names": ["{d}", "other.example"]}, {"other_names": [x509.RFC822Name("a@b.example")]},
    {"context": _tls_1_1}, {"stranger": True}],
    ids=["not critical", "no acmeIdentifier", "obsolete OID", "other ALPN", "no ALPN", "other name", "two names", "more in the SAN",
         "TLS 1.1", "another account's thumbprint"])
def test_anything_else_under_acme_tls_proves_nothing(acme, account, ca, workdir, domain, bend):
    bend = dict(bend)
    if bend.pop("stranger", False):
        bend["thumbprint_of"] = acme.new_account()
    if "names" in bend:
        bend["names"] = [name.format(d=domain) for name in bend["names"]]
    assert _error(_by_alpn(account, ca, workdir, domain, **bend)) in ("unauthorized", "incorrectResponse", "tls", "connection")


@pytest.fixture
def ours(acme):
    """The name by which CAA records permit this CA."""
    return acme.directory["meta"]["caaIdentities"][0]


def _by_http(account, http01, name):
    url = _authorization(account, name)
    challenge = challenge_of(account.json(url))
    http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
    return _challenge(account, url, "http-01")


@pytest.mark.parametrize("record", [
    '0 issue ";"', '0 issue "other.example"', '0 issue "%%%"', '0 issue "{ours}.evil.example"', '0 issue "{ours}; accounturi=https://elsewhere.example/1"',
    '0 issue "{ours}; validationmethods=dns-01"', '0 issue "{ours}; validationmethods=dns-01,tls-alpn-01"', '128 tbs "unknown"', '128 issuex "{ours}"',
    '0 issue "{ours}; accounturi={account}; accounturi=https://elsewhere.example/1"'])
def test_a_caa_record_that_does_not_permit_us_refuses(account, http01, nameserver, ours, domain, record):
    nameserver.add(domain, "A", "127.0.0.1")
    nameserver.add(domain, "CAA", record.format(ours=ours, account=account.url))
    challenge = _by_http(account, http01, domain)
    assert _error(challenge) == "caa"
    assert domain in challenge["error"]["detail"]


@pytest.mark.parametrize("records", [
    ['0 issue "{ours}"'], ['0 issue "other.example"', '0 issue "{ours}"'], ['0 issue "{OURS}"'], ['0 iodef "mailto:a@b.example"'],
    ['0 issuewild ";"'], ['0 issue "{ours}; accounturi={account}"'], ['0 issue " {ours} ; validationmethods=http-01 "'], ['0 tbs "unknown"'],
    ['0 issue "{ours}; policy=ev"']])
def test_a_caa_record_that_permits_us_lets_the_proof_count(account, http01, nameserver, ours, domain, records):
    nameserver.add(domain, "A", "127.0.0.1")
    for record in records:
        nameserver.add(domain, "CAA", record.format(ours=ours, OURS=ours.upper(), account=account.url))
    assert _by_http(account, http01, domain)["status"] == "valid"


def test_caa_climbs_to_the_parent_and_the_nearest_record_rules(account, http01, nameserver, ours, domain):
    nameserver.add(domain, "CAA", '0 issue ";"')
    for name in (f"a.{domain}", f"deep.b.{domain}", f"free.{domain}"):
        nameserver.add(name, "A", "127.0.0.1")
    nameserver.add(f"free.{domain}", "CAA", f'0 issue "{ours}"')
    assert _error(_by_http(account, http01, f"a.{domain}")) == "caa"
    assert _error(_by_http(account, http01, f"deep.b.{domain}")) == "caa"
    assert _by_http(account, http01, f"free.{domain}")["status"] == "valid"


def test_issuewild_rules_wildcards_and_issue_does_where_it_is_absent(account, nameserver, ours, domain):
    nameserver.add(domain, "CAA", f'0 issue "{ours}"')
    nameserver.add(domain, "CAA", '0 issuewild ";"')
    assert _by_dns(account, nameserver, domain)["status"] == "valid"
    nameserver.delete(f"_acme-challenge.{domain}", "TXT")
    url = _authorization(account, f"*.{domain}")
    nameserver.add(f"_acme-challenge.{domain}", "TXT", f'"{txt_value(account.key, challenge_of(account.json(url), "dns-01")["token"])}"')
    assert _error(_challenge(account, url, "dns-01")) == "caa"


def test_a_certificate_of_many_names_is_refused_when_caa_forbids_one(account, http01, nameserver, domain):
    names = [f"n{number}.{domain}" for number in range(8)]
    for name in names:
        nameserver.add(name, "A", "127.0.0.1")
    nameserver.add(names[5], "CAA", '0 issue ";"')
    order = account.order(names)
    outcomes = {}
    for url in order.json()["authorizations"]:
        authorization = account.prove(url, http01)
        outcomes[authorization["identifier"]["value"]] = authorization["status"]
    assert [name for name, status in outcomes.items() if status != "valid"] == [names[5]]
    assert order.json()["status"] == "invalid"
    assert order.finalize(make_csr(names)).status_code == 403
