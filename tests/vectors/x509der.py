"""Certificates written byte by byte, so that every rule can be broken on purpose.

A certificate starts as good() and is changed by name: Certificate.fields and Certificate.extensions are ordered
dictionaries of DER. Nothing here checks anything.
"""
import base64
import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def tlv(tag, *parts):
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def explicit(number, *parts):
    return tlv(0xA0 | number, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(content):
    return tlv(0x04, content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(text):
    arcs = [int(arc) for arc in text.split(".")]
    content = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return tlv(0x06, content)


NULL = tlv(0x05)


def utf8(text):
    return tlv(0x0C, text if isinstance(text, bytes) else text.encode())


def printable(text):
    return tlv(0x13, text.encode())


def ia5(text):
    return tlv(0x16, text if isinstance(text, bytes) else text.encode())


def utc(text):
    return tlv(0x17, text.encode())


def generalized(text):
    return tlv(0x18, text.encode())


# --- names

CN, O, COUNTRY = "2.5.4.3", "2.5.4.10", "2.5.4.6"
SRV_NAME, XMPP_ADDR = "1.3.6.1.5.5.7.8.7", "1.3.6.1.5.5.7.8.5"


def rdn(kind, value):
    return set_of(seq(oid(kind), value))


def name(*rdns):
    return seq(*rdns)


def dns(text):
    return tlv(0x82, text if isinstance(text, bytes) else text.encode())


def uri(text):
    return tlv(0x86, text.encode())


def other(kind, value):
    return explicit(0, oid(kind), explicit(0, value))


def srv(text):
    return other(SRV_NAME, ia5(text))


def xmpp(text):
    return other(XMPP_ADDR, utf8(text))


# --- algorithms and keys

ECDSA_SHA256, ECDSA_SHA1, ED25519 = "1.2.840.10045.4.3.2", "1.2.840.10045.4.1", "1.3.101.112"
RSA_SHA256, RSA_PSS = "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10"
RSA, EC, P256 = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"


def algorithm(kind, *parameters):
    return seq(oid(kind), *parameters)


def ec_key(secret, curve=ec.SECP256R1()):
    return ec.derive_private_key(secret, curve)


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_spki(modulus, exponent=65537, parameters=NULL):
    """Of numbers that only look like a key: whether a modulus is a good one is not the linter's to find out."""
    return seq(seq(oid(RSA), parameters), bits(seq(integer(modulus), integer(exponent))))


def modulus(length):
    seed = b"".join(hashlib.sha512(b"%d %d" % (length, i)).digest() for i in range(length // 512 + 1))
    number = int.from_bytes(seed, "big") & ((1 << length) - 1)
    return number | 1 << (length - 1) | 1


ISSUER_KEY, LEAF_KEY = ec_key(0x1CA), ec_key(0x1EAF)


def key_id(key):
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).digest()[:20]


# --- extensions

SKI, KEY_USAGE, SAN, BASIC, CONSTRAINTS = "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30"
CRLDP, POLICIES, AKI, EKU = "2.5.29.31", "2.5.29.32", "2.5.29.35", "2.5.29.37"
AIA, TLS_FEATURE, ACME = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24", "1.3.6.1.5.5.7.1.31"
OCSP, CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
ANY, SERVER, CLIENT, CODE = "2.5.29.37.0", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3"

SIGN, REPUDIATE, ENCIPHER, DATA, AGREE, CERT_SIGN, CRL_SIGN = range(7)


def usage(*numbers):
    """A BIT STRING with these named bits."""
    value = sum(0x80 >> number for number in numbers)
    unused = 7 - max(numbers) if numbers else 0
    return bits(bytes([value]) if numbers else b"", unused)


def extension(kind, value, critical=False):
    return seq(oid(kind), boolean(True) if critical else b"", octets(value))


def purposes(*kinds):
    return extension(EKU, seq(*(oid(kind) for kind in kinds)))


def alt_names(*names, critical=False):
    return extension(SAN, seq(*names), critical)


def key_usage(*numbers, critical=True):
    return extension(KEY_USAGE, usage(*numbers), critical)


def access(*pairs, critical=False):
    return extension(AIA, seq(*(seq(oid(method), location) for method, location in pairs)), critical)


def crl_point(*names, tail=b""):
    return seq(explicit(0, explicit(0, *names)), tail)


ISSUER_NAME = name(rdn(O, utf8("Example Federation")), rdn(CN, utf8("Example Federation Issuer")))
ROOT_NAME = name(rdn(O, utf8("Example Federation")), rdn(CN, utf8("Example Federation Root")))
SERIAL = 0x10_3F6A2B9C8D7E5F40_112233445566778A


class Certificate:
    def __init__(self, fields, extensions):
        self.fields, self.extensions = fields, extensions
        self.outer = None  # the algorithm beside the signature, where it differs
        self.tail = b""  # bytes behind the certificate

    def tbs(self):
        fields = dict(self.fields)
        if self.extensions:
            fields["extensions"] = explicit(3, seq(*self.extensions.values()))
        return seq(*fields.values())

    def der(self, old=b""):
        """Signed; with the old certificate's signature where that signs the same bytes."""
        start = self.tbs()
        inner = self.outer or self.fields["signature"]
        if start + inner in old:
            return old
        signature = ISSUER_KEY.sign(start, ec.ECDSA(hashes.SHA256()))
        return seq(start, inner, bits(signature)) + self.tail


def good():
    """A server's certificate with all that xica puts into one."""
    fields = {
        "version": explicit(0, integer(2)),
        "serial": integer(SERIAL),
        "signature": algorithm(ECDSA_SHA256),
        "issuer": ISSUER_NAME,
        "validity": seq(utc("260101000000Z"), utc("260331235959Z")),
        "subject": name(rdn(CN, utf8("example.org"))),
        "spki": spki(LEAF_KEY),
    }
    extensions = {
        "aki": extension(AKI, seq(tlv(0x80, key_id(ISSUER_KEY)))),
        "ski": extension(SKI, octets(key_id(LEAF_KEY))),
        "usage": key_usage(SIGN),
        "eku": purposes(SERVER, CLIENT),
        "basic": extension(BASIC, seq(), True),
        "san": alt_names(dns("example.org"), srv("_xmpp-client.example.org"), srv("_xmpp-server.example.org")),
        "aia": access((CA_ISSUERS, uri("http://ca.example.net/ca/1.der"))),
        "crldp": extension(CRLDP, seq(crl_point(uri("http://ca.example.net/crl/1/0.crl")))),
    }
    return Certificate(fields, extensions)


def good_ca():
    """An intermediate."""
    certificate = good()
    certificate.fields.update(
        issuer=ROOT_NAME, subject=ISSUER_NAME, spki=spki(ISSUER_KEY), validity=seq(utc("260101000000Z"), utc("351231235959Z"))
    )
    certificate.extensions.update(
        ski=extension(SKI, octets(key_id(ISSUER_KEY))),
        usage=key_usage(SIGN, CERT_SIGN, CRL_SIGN),
        basic=extension(BASIC, seq(boolean(True), integer(0)), True),
    )
    del certificate.extensions["san"], certificate.extensions["eku"]
    return certificate


def pem(der):
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def from_pem(text):
    return base64.b64decode("".join(line for line in text.splitlines() if not line.startswith("-----")))
