"""What the drivers share: where a client lives, the hooks, and the environment that hands it the lab's root and DNS."""
from pathlib import Path

from .. import trust
from ..process import run

HOOKS = Path(__file__).resolve().parents[1] / "hooks"


class Client:
    """`ca` is a running CA (directory_url, root_pem, http01_port, tlsalpn01_port); `nameserver` may be None where no
    dns-01 is asked for; all files of the client lie in `home`. A driver keeps one certificate at a time."""

    proofs = ("http-01",)
    wildcards = False
    eab = None  # (kid, HMAC key in base64url) where the CA wants an external account binding; certbot and lego know how

    def __init__(self, ca, home, nameserver=None):
        self.ca = ca
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.nameserver = nameserver

    def environment(self):
        env = {"HOME": str(self.home), **trust.environment(self.ca.root_pem)}
        if self.nameserver:
            env.update(LAB_DNS_ADDRESS=self.nameserver.address, LAB_DNS_PORT=str(self.nameserver.port),
                       LAB_DNS_KEY=str(self.nameserver.key_file))
        return env

    def run(self, *words, env=None, check=True, timeout=60):
        return run(words, env={**self.environment(), **(env or {})}, cwd=self.home, check=check, timeout=timeout)

    def issue(self, names, key_type="ec", proof="http-01"):
        """Gets a certificate for `names` with an EC P-256 ("ec") or RSA-2048 ("rsa") key; returns certs.Issued."""
        raise NotImplementedError

    def renew(self):
        """Replaces the certificate of the last issue() by a new one with the same names."""
        raise NotImplementedError

    def revoke(self):
        """Revokes the newest certificate."""
        raise NotImplementedError
