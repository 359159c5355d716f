"""Chains and CRLs as the tools of the trade check them: `openssl verify -crl_check_all -x509_strict`, GnuTLS `certtool --verify`, and `xica verify`."""
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab import certs
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01


def _pem_crl(crl):
    return crl.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def issued_two(ca, acme):
    """Two certificates of one account, the second of which is revoked and stands on the CRL."""
    account = acme.new_account()
    with Http01(ca.http01_port) as http01:
        good, bad = (account.issue([f"{word}.verify.xmpp.example", f"conference.{word}.verify.xmpp.example"], http01) for word in ("good", "bad"))
    answer = account.post(acme.directory["revokeCert"], {"certificate": certs.to_der64(bad.leaf), "reason": 4})
    assert answer.status_code == 200
    wait_until(lambda: certs.is_revoked(bad.leaf), 60, "the revocation shows within a minute", 0.5)
    return good, bad


def _crls(issued):
    """The CRLs for every certificate of the chain, from where the certificates say."""
    return [certs.fetch_crl(certificate) for certificate in issued.chain]


def _openssl(issued, ca, workdir):
    crls = workdir / "crls.pem"
    crls.write_text("".join(map(_pem_crl, _crls(issued))))
    return certs.openssl_verify(issued, ca.root_pem, workdir, ["-crl_check_all", "-x509_strict", "-CRLfile", crls, "-purpose", "sslserver"])


def _certtool(issued, ca, workdir):
    chain, crls = workdir / "chain.pem", workdir / "crls.pem"
    chain.write_text("".join(map(certs.to_pem, issued.chain)))
    crls.write_text("".join(map(_pem_crl, _crls(issued))))
    return run(["certtool", "--verify", "--load-ca-certificate", ca.root_pem, "--load-crl", crls, "--infile", chain], check=False)


def test_openssl_accepts_the_chain_with_the_crls_of_all_levels(issued_two, ca, workdir):
    done = _openssl(issued_two[0], ca, workdir)
    assert done.returncode == 0, done.stdout


def test_openssl_refuses_the_revoked_certificate(issued_two, ca, workdir):
    done = _openssl(issued_two[1], ca, workdir)
    assert done.returncode != 0 and "certificate revoked" in done.stdout


def test_gnutls_accepts_the_chain_with_the_crls(issued_two, ca, workdir):
    done = _certtool(issued_two[0], ca, workdir)
    assert done.returncode == 0 and "The certificate is trusted" in done.stdout


def test_gnutls_refuses_the_revoked_certificate(issued_two, ca, workdir):
    done = _certtool(issued_two[1], ca, workdir)
    assert "revoked" in done.stdout and "The certificate is trusted" not in done.stdout.splitlines()[-1]


def _xica(issued, ca, workdir, domain, role, code):
    chain, crls = workdir / "chain.pem", workdir / "crls.pem"
    chain.write_text("".join(map(certs.to_pem, issued.chain)))
    crls.write_text("".join(map(_pem_crl, _crls(issued))))
    done = run([BUILD / "xica", "verify", "--domain", domain, "--role", role, "--ca-file", ca.root_pem, "--crl", crls, chain], check=False)
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.mark.parametrize("role", ["c2s", "s2s"])
def test_xica_accepts_the_chain_with_the_crls_of_all_levels(issued_two, ca, workdir, role):
    for domain in ("good.verify.xmpp.example", "conference.good.verify.xmpp.example"):
        assert ": accept\n" in _xica(issued_two[0], ca, workdir, domain, role, 0)
    assert "is another name" in _xica(issued_two[0], ca, workdir, "bad.verify.xmpp.example", role, 1)


def test_xica_refuses_the_revoked_certificate(issued_two, ca, workdir):
    assert "The certificate is revoked." in _xica(issued_two[1], ca, workdir, "bad.verify.xmpp.example", "s2s", 1)


def test_the_crl_has_its_critical_idp_and_is_current(issued_two):
    leaf = issued_two[0].leaf
    crl = certs.fetch_crl(leaf)
    point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.critical
    assert [name.value for name in point.value.full_name] == certs.crl_urls(leaf)
    assert not point.value.only_contains_ca_certs and not point.value.only_contains_attribute_certs
    assert crl.next_update > crl.last_update
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > 0


def test_status_files_have_validators_and_types_for_caches(issued_two):
    leaf, intermediate = issued_two[0].chain[:2]
    for url, kind in ((certs.crl_urls(leaf)[0], "application/pkix-crl"), (certs.issuer_urls(leaf)[0], "application/pkix-cert")):
        answer = requests.get(url, timeout=5)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == kind
        again = requests.get(url, timeout=5, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "Last-Modified" in answer.headers and "max-age" in answer.headers["Cache-Control"]
    assert requests.get(certs.issuer_urls(leaf)[0], timeout=5).content == intermediate.public_bytes(serialization.Encoding.DER)


def test_the_intermediate_is_an_issuer_as_the_rfcs_want_it(issued_two):
    intermediate = issued_two[0].chain[1]
    constraints = intermediate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = intermediate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert constraints.critical and constraints.value.ca and constraints.value.path_length == 0
    assert usage.key_cert_sign and usage.crl_sign and usage.digital_signature
    assert list(intermediate.subject)


def test_the_leaf_has_no_names_or_rights_beyond_its_order(issued_two):
    leaf = issued_two[0].leaf
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert list(leaf.subject), "the subject is not empty"
    common = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert all(name.value in certs.dns_names(leaf) or "." not in name.value for name in common)
