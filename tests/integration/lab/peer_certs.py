"""Certificates of XMPP servers by python-cryptography, one flaw at a time: a root, an intermediate, leaves and revocation lists."""
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .certs import SRV_NAME, XMPP_ADDR, to_pem
from .csr import ia5string, utf8string

NOW = datetime(2026, 6, 1)
YEAR = timedelta(days=365)
BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


def dns(name):
    return x509.DNSName._init_without_validation(name) if hasattr(x509.DNSName, "_init_without_validation") else x509.DNSName(name)


def srv(name):
    return x509.OtherName(SRV_NAME, ia5string(name))


def xmpp(name):
    return x509.OtherName(XMPP_ADDR, utf8string(name))


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Federation"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Party:
    """Who holds a key and has a certificate."""

    def __init__(self, name, key=None):
        self.name, self.key, self.certificate = _name(name), key or ec.generate_private_key(ec.SECP256R1()), None

    def issue(self, party, extensions, start=NOW - YEAR, end=NOW + YEAR, digest=None):
        builder = x509.CertificateBuilder(issuer_name=self.name, subject_name=party.name, public_key=party.key.public_key(),
                                          serial_number=x509.random_serial_number(), not_valid_before=start, not_valid_after=end)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        party.certificate = builder.sign(self.key, digest or hashes.SHA256())
        return party

    def issue_ca(self, name, path_length=None, extra=(), ca=True, **options):
        basic = [(x509.BasicConstraints(True, path_length), True)] if ca else []
        return self.issue(Party(name), [*basic, (_ca_usage(), True), *extra], **options)

    def issue_server(self, names, common_name="server", purposes=BOTH, extra=(), key=None, **options):
        extensions = [(x509.BasicConstraints(False, None), True), *extra]
        if names:
            extensions.append((x509.SubjectAlternativeName(names), False))
        if purposes:
            extensions.append((x509.ExtendedKeyUsage(purposes), False))
        return self.issue(Party(common_name, key), extensions, **options)

    def crl(self, *revoked, start=NOW - timedelta(days=1), end=NOW + timedelta(days=7)):
        builder = x509.CertificateRevocationListBuilder(issuer_name=self.name, last_update=start, next_update=end)
        for party in revoked:
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(
                serial_number=party.certificate.serial_number, revocation_date=start).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    @property
    def pem(self):
        return to_pem(self.certificate)


def _ca_usage():
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
                         data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)


def make_root(name="Example Root", **options):
    root = Party(name)
    return root.issue(root, [(x509.BasicConstraints(True, None), True), (_ca_usage(), True)], **options)


def weak_key():
    return rsa.generate_private_key(65537, 1024)
