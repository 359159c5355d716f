"""Unmodified ACME clients of Debian 12 get, renew and revoke certificates that XMPP servers can use."""
import pytest

from lab import certs
from lab.clients import ALL, Lego, Uacme
from lab.waiting import wait_until

_BY_DNS = [client for client in ALL if "dns-01" in client.proofs]
_EVERY = pytest.mark.parametrize("client_class", ALL, ids=lambda client: client.__name__.lower())


def _issue_renew_revoke(client, names, key_type, workdir, **proof):
    """The life of a certificate; returns the last one, revoked."""
    first = client.issue(names, key_type, **proof)
    certs.check_xmpp_certificate(first, names, client.ca.root_pem, workdir)
    second = client.renew()
    certs.check_xmpp_certificate(second, names, client.ca.root_pem, workdir)
    assert second.leaf.serial_number != first.leaf.serial_number
    client.revoke()
    wait_until(lambda: certs.is_revoked(second.leaf), 60, "the revoked certificate stands on the CRL", 0.5)
    assert not certs.is_revoked(first.leaf)


@_EVERY
def test_client_issues_renews_and_revokes_with_an_ec_key_for_several_names(client_class, ca, nameserver, workdir):
    domain = f"{client_class.__name__.lower()}.xmpp.example"
    client = client_class(ca, workdir, nameserver)
    _issue_renew_revoke(client, [domain, f"conference.{domain}"], "ec", workdir)


@_EVERY
def test_client_issues_with_an_rsa_key(client_class, ca, nameserver, workdir):
    names = [f"rsa-{client_class.__name__.lower()}.plain.example"]
    issued = client_class(ca, workdir, nameserver).issue(names, "rsa")
    certs.check_xmpp_certificate(issued, names, ca.root_pem, workdir)
    assert issued.leaf.public_key().key_size == 2048


@pytest.mark.parametrize("client_class", _BY_DNS, ids=lambda client: client.__name__.lower())
def test_client_proves_a_wildcard_and_its_base_by_dns(client_class, ca, nameserver, workdir):
    domain = f"w-{client_class.__name__.lower()}.xmpp.example"
    issued = client_class(ca, workdir, nameserver).issue([domain, f"*.{domain}"], proof="dns-01")
    certs.check_xmpp_certificate(issued, [domain, f"*.{domain}"], ca.root_pem, workdir)


@pytest.mark.parametrize("client_class", [Lego, Uacme], ids=lambda client: client.__name__.lower())
def test_client_proves_a_name_by_tls_alpn(client_class, ca, nameserver, workdir):
    names = [f"alpn-{client_class.__name__.lower()}.xmpp.example"]
    issued = client_class(ca, workdir, nameserver).issue(names, proof="tls-alpn-01")
    certs.check_xmpp_certificate(issued, names, ca.root_pem, workdir)
