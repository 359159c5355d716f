"""certbot 2.1: http-01 by its own server, dns-01 by manual hooks."""
from ..certs import Issued
from .base import HOOKS, Client

_LINEAGE = "lab"


class Certbot(Client):
    proofs = ("http-01", "dns-01")
    wildcards = True

    def _certbot(self, *words):
        directories = ("--config-dir", self.home / "config", "--work-dir", self.home / "work", "--logs-dir", self.home / "logs")
        return self.run("certbot", *words, *directories, "--non-interactive")

    def _stored(self):
        live = self.home / "config" / "live" / _LINEAGE
        return Issued((live / "fullchain.pem").read_text(), live / "privkey.pem")

    def issue(self, names, key_type="ec", proof="http-01"):
        if proof == "http-01":
            how = ("--standalone", "--http-01-port", self.ca.http01_port)
        else:
            how = ("--manual", "--preferred-challenges", "dns", "--manual-auth-hook", f"{HOOKS}/certbot add",
                   "--manual-cleanup-hook", f"{HOOKS}/certbot delete")
        key = ("--key-type", "ecdsa" if key_type == "ec" else "rsa", "--rsa-key-size", "2048")
        domains = [word for name in names for word in ("-d", name)]
        bound = ("--eab-kid", self.eab[0], "--eab-hmac-key", self.eab[1]) if self.eab else ()
        self._certbot("certonly", "--server", self.ca.directory_url, "--agree-tos", "-m", "admin@xmpp.example",
                      "--no-eff-email", "--cert-name", _LINEAGE, *how, *key, *bound, *domains)
        return self._stored()

    def renew(self):
        self._certbot("renew", "--force-renewal", "--no-random-sleep-on-renew", "--cert-name", _LINEAGE)
        return self._stored()

    def revoke(self):
        self._certbot("revoke", "--cert-name", _LINEAGE, "--no-delete-after-revoke", "--server", self.ca.directory_url)

    def revoke_by_key(self, certificate, key):
        """Revokes any certificate by its own key, with no account."""
        self._certbot("revoke", "--cert-path", certificate, "--key-path", key, "--no-delete-after-revoke",
                      "--server", self.ca.directory_url)
