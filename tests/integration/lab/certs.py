"""What an issued certificate says: its names (dNSName, SRVName), usages and chain, read by python-cryptography."""
import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from .process import run
from .waiting import wait_until

SRV_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7")
XMPP_ADDR = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5")
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
_IA5STRING = 0x16
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.S)


def load_chain(pem):
    """The certificates of a PEM text (or bytes), leaf first."""
    text = pem.decode() if isinstance(pem, bytes) else pem
    return [x509.load_pem_x509_certificate(block.encode()) for block in _PEM.findall(text)]


def to_pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def to_der64(certificate):
    """base64url of the DER, as revokeCert wants it."""
    return _b64(certificate.public_bytes(serialization.Encoding.DER))


def _san(certificate):
    return certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value


def dns_names(certificate):
    return _san(certificate).get_values_for_type(x509.DNSName)


def srv_names(certificate):
    """The SRVNames (RFC 4985), each checked to be one short IA5String."""
    names = []
    for other in _san(certificate).get_values_for_type(x509.OtherName):
        if other.type_id == SRV_NAME:
            assert other.value[0] == _IA5STRING and other.value[1] == len(other.value) - 2, other.value
            names.append(other.value[2:].decode("ascii"))
    return names


def other_name_types(certificate):
    return {other.type_id for other in _san(certificate).get_values_for_type(x509.OtherName)}


def usages(certificate):
    return set(certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value)


def crl_urls(certificate):
    points = certificate.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
    return [name.value for point in points for name in point.full_name]


def issuer_urls(certificate):
    """caIssuers of the authority information access."""
    access = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    return [entry.access_location.value for entry in access if entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS]


def ocsp_url(certificate):
    access = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    return next(entry.access_location.value for entry in access if entry.access_method == AuthorityInformationAccessOID.OCSP)


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def renewal_id(certificate):
    """By which a client asks for renewal information (RFC 9773 §4.1): the authority's key identifier, and the serial as it stands in DER."""
    key_id = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value.key_identifier
    serial = certificate.serial_number
    return f"{_b64(key_id)}.{_b64(serial.to_bytes(serial.bit_length() // 8 + 1, 'big'))}"


def fetch_crl(certificate):
    """The CRL that the certificate's distribution point names, fresh from its server; one that was just started may say that it is not there yet."""
    def there():
        answer = requests.get(crl_urls(certificate)[0], timeout=20)
        return answer if answer.status_code != 503 else None
    answer = wait_until(there, 20, "a CRL", 0.1)
    assert answer.status_code == 200, answer.status_code
    return x509.load_der_x509_crl(answer.content)


def is_revoked(certificate):
    return fetch_crl(certificate).get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


@dataclass
class Issued:
    """A certificate as a client stored it: the chain's PEM (leaf first) and the private key's file, if it has one."""
    chain_pem: str
    key: Path | None = None
    chain: list = field(init=False)

    def __post_init__(self):
        self.chain = load_chain(self.chain_pem)
        assert self.chain, "the client stored no certificate"

    @property
    def leaf(self):
        return self.chain[0]


def expected_srv_names(names, component_labels=("conference", "muc", "upload", "proxy", "pubsub")):
    """The SRVNames that the profile xmpp-server gives to these dNSNames: a component host gets `_xmpp-server` alone."""
    expected = set()
    for name in names:
        if name.startswith("*."):
            continue
        label, _, parent = name.partition(".")
        expected.add(f"_xmpp-server.{name}")
        if not (label in component_labels and parent in names):
            expected.add(f"_xmpp-client.{name}")
    return expected


def openssl_verify(issued, root_pem, workdir, extra=()):
    """`openssl verify` of the leaf by the chain's own intermediates and the root; returns the completed process."""
    leaf, untrusted = workdir / "leaf.pem", workdir / "untrusted.pem"
    leaf.write_text(to_pem(issued.leaf))
    untrusted.write_text("".join(to_pem(certificate) for certificate in issued.chain[1:]))
    return run(["openssl", "verify", "-CAfile", root_pem, "-untrusted", untrusted, *extra, leaf], check=False)


def check_xmpp_certificate(issued, names, root_pem, workdir):
    """All that must be true of a certificate of the profile xmpp-server for exactly `names`."""
    leaf = issued.leaf
    assert sorted(dns_names(leaf)) == sorted(names)
    assert set(srv_names(leaf)) == expected_srv_names(names)
    assert other_name_types(leaf) <= {SRV_NAME}
    assert usages(leaf) == {SERVER_AUTH, CLIENT_AUTH}
    verified = openssl_verify(issued, root_pem, workdir, ["-x509_strict", "-purpose", "sslserver"])
    assert verified.returncode == 0, verified.stdout
    verified = openssl_verify(issued, root_pem, workdir, ["-purpose", "sslclient"])
    assert verified.returncode == 0, verified.stdout


def spki_sha256(certificate):
    """By which a public key is called: the SHA-256 of its SubjectPublicKeyInfo, in hexadecimal."""
    info = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).hexdigest()
