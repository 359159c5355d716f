"""A person at the web site without a browser: its JSON interface (docs/site-api.md) by an HTTP client that keeps cookies."""
import base64
import hashlib
import hmac
import re
import struct
import time

import requests


def totp(secret, at=None):
    """The code that an authenticator app shows for a secret in base32 (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 10 ** 6:06d}"


class Person:
    """One browser's worth of cookies. The site is that of a running CA; letters come from `mailbox` (lab.mailbox)."""

    password = "correct horse battery staple"

    def __init__(self, ca, address, mailbox):
        self.ca, self.address, self.mailbox = ca, address, mailbox
        self.base = ca.directory_url.removesuffix("/acme/directory")
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(ca.root_pem)
        self.http.headers["Origin"] = self.base

    def post(self, path, **body):
        return self.http.post(f"{self.base}/api/{path}", json=body, timeout=30)

    def get(self, path):
        return self.http.get(f"{self.base}/api/{path}", timeout=30)

    def good(self, path, **body):
        answer = self.post(path, **body)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def sign_up(self):
        """From nothing to logged in, by the letter's link."""
        self.good("sign-up", address=self.address, password=self.password)
        letter = self.mailbox.wait(self.address, r"/confirm#")
        token = re.search(r"/confirm#([A-Za-z0-9_-]+)", letter.text)[1]
        self.good("confirm", token=token, password=self.password)
        return self

    def log_in(self):
        return self.good("log-in", address=self.address, password=self.password)

    def switch_totp_on(self):
        """Returns (secret, recovery codes)."""
        secret = self.good("person/totp/begin")["secret"]
        return secret, self.good("person/totp/finish", code=totp(secret))["recovery_codes"]

    def command(self, name, **arguments):
        return self.post("operator/command", command=name, **arguments)
