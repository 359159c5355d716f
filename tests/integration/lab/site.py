"""The site's JSON interface (docs/site-api.md) as its pages use it, and as somebody with bad intentions would."""
import base64
import hashlib
import hmac
import itertools
import json
import os
import re
import struct
import time

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from requests.adapters import HTTPAdapter

from .jws import b64
from .paths import ROOT

PASSWORD = "a walk along the canal"
OBJECT = re.compile(r"\{[a-z]*\}")


def documented_routes():
    """(method, pattern) of every request in docs/site-api.md, in its order: so that a test over all of them forgets none."""
    text = (ROOT / "docs" / "site-api.md").read_text()
    found = re.findall(r"`(GET|POST) (/api/[^`?\s]*)", text)
    return list(dict.fromkeys(found))


class _From(HTTPAdapter):
    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *words, **options):  # pylint: disable=signature-differs
        super().init_poolmanager(*words, source_address=(self._address, 0), **options)


_addresses = itertools.count(256)


class Client(requests.Session):
    """One browser's worth of cookies, at a loopback address of its own; what it posts comes from the site's own pages unless told otherwise."""

    def __init__(self, url, root_pem, agent="a browser", address=None):
        super().__init__()
        number = next(_addresses)
        self.mount("https://", _From(address or f"127.0.{number // 250}.{number % 250 + 1}"))
        self.url, self.verify, self.trust_env = url, str(root_pem), False
        self.headers["User-Agent"] = agent

    def read(self, path, **options):
        return self.get(self.url + path, timeout=30, **options)

    def submit(self, path, body=None, headers=None, **options):
        return self.post(self.url + path, json=body or {}, headers={"Origin": self.url, **(headers or {})}, timeout=30, **options)

    def ok(self, path, body=None):
        """The answer to a POST that must be taken."""
        answer = self.submit(path, body)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def look(self, path):
        answer = self.read(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def token(self, name="__Host-session"):
        return self.cookies.get(name)


def sign_up(client, mailbox, address, password=PASSWORD):
    """From nothing to a person who is logged in."""
    client.ok("/api/sign-up", {"address": address, "password": password, "language": "en"})
    client.ok("/api/confirm", {"token": token_of(mailbox.wait(address, "/confirm")), "password": password})
    assert client.look("/api/session")["signed_in"]
    return client


def token_of(letter):
    """The one-time token behind the link in a letter."""
    return re.search(r"https://\S+#(\S+)", letter.text)[1]


def add_passkey(client, name="a device"):
    """Registers a passkey by an authenticator in software (WebAuthn §6.1, §6.5.4; attestation "none"); returns its id."""
    challenge = client.ok("/api/person/passkeys/begin")["challenge"]
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    host = client.url.split("://", 1)[1].rsplit(":", 1)[0]
    credential = os.urandom(16)
    public_key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + point.x.to_bytes(32, "big") + b"\x22\x58\x20" + point.y.to_bytes(32, "big")
    present_verified_attested = b"\x45"
    data = (hashlib.sha256(host.encode()).digest() + present_verified_attested + bytes(4) + bytes(16) + struct.pack(">H", len(credential)) +
            credential + public_key)
    attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
    seen = json.dumps({"type": "webauthn.create", "challenge": challenge, "origin": client.url, "crossOrigin": False}).encode()
    return client.ok("/api/person/passkeys/finish", {"name": name, "client_data": b64(seen), "attestation": b64(attestation)})["id"]


def totp_code(secret, when=None):
    """RFC 6238 with base32 `secret`, at this time or at `when`."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(when or time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
