"""Records of dns-persist-01 (draft-ietf-acme-dns-persist-02)."""
import hashlib

from .jws import b64


def account_uri(prefix, domain, thumbprint, account_url):
    """The digest of domain ("*" for any), key and account."""
    return f"{prefix}sha-256/{b64(hashlib.sha256(bytes([len(domain)]) + f'{domain}{thumbprint}{account_url}'.encode()).digest())}"


def record(acme, account, domain, *more, issuer="localhost"):
    """What the owner of a domain writes who wants this account to have certificates for it."""
    uri = account_uri(acme.directory["meta"]["accountHashPrefix"], domain, account.key.thumbprint(), account.url)
    return "; ".join([issuer, f"accounturi={uri}", *more])


def publish(nameserver, name, value):
    parts = " ".join(f'"{value[at:at + 200]}"' for at in range(0, len(value), 200))
    nameserver.add(f"_validation-persist.{name}", "TXT", parts.replace(";", "\\;"))
