"""Certificate signing requests, good ones and ones with a flaw to be refused."""
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def make_csr(names, key=None, *, common_name=None, other_names=(), extensions=()):
    """The DER of a CSR: dNSNames, otherNames as (type, DER) pairs, and further extensions."""
    key = key or new_key()
    subject = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    alternative = [x509.DNSName(name) for name in names]
    alternative += [x509.OtherName(kind, value) for kind, value in other_names]
    if alternative:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


def ia5string(text):
    return b"\x16" + bytes([len(text)]) + text.encode("ascii")


def utf8string(text):
    data = text.encode()
    return b"\x0c" + bytes([len(data)]) + data
