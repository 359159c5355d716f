"""dehydrated 0.7: http-01 through a web root, dns-01 by hook. It repeats nothing: one refused nonce is a failure."""
from ..certs import Issued
from ..webserver import WebRoot
from .base import HOOKS, Client


class Dehydrated(Client):
    proofs = ("http-01", "dns-01")
    wildcards = True

    def _dehydrated(self, *words):
        with WebRoot(self.ca.http01_port, self.home / "webroot"):
            return self.run("dehydrated", *words, "--config", self.home / "config")

    def _configure(self, key_type, proof):
        lines = [f"CA={self.ca.directory_url}", f"BASEDIR={self.home}", f"WELLKNOWN={self.home}/webroot",
                 "CONTACT_EMAIL=admin@xmpp.example", f"CHALLENGETYPE={proof}", "KEYSIZE=2048",
                 "KEY_ALGO=" + ("prime256v1" if key_type == "ec" else "rsa")]
        if proof == "dns-01":
            lines.append(f"HOOK={HOOKS}/dehydrated")
        (self.home / "config").write_text("\n".join(lines) + "\n")

    def _certificates(self):
        return self.home / "certs" / "lab"

    def _stored(self):
        return Issued((self._certificates() / "fullchain.pem").read_text(), self._certificates() / "privkey.pem")

    def issue(self, names, key_type="ec", proof="http-01"):
        self._names = names
        self._configure(key_type, proof)
        if not (self.home / "accounts").exists():
            self._dehydrated("--register", "--accept-terms")
        self._dehydrated("--cron", "--domain", " ".join(names), "--alias", "lab")
        return self._stored()

    def renew(self):
        self._dehydrated("--cron", "--domain", " ".join(self._names), "--alias", "lab", "--force")
        return self._stored()

    def revoke(self):
        self._dehydrated("--revoke", (self._certificates() / "cert.pem").resolve())
