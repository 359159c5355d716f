"""acme-tiny 5.0: http-01 through a web root, with an account key and a CSR that openssl makes.

It cannot revoke; its users revoke with another client and the certificate's own key, so the driver does too."""
from ..certs import Issued, to_pem
from ..webserver import WebRoot
from .base import Client
from .certbot import Certbot


class AcmeTiny(Client):
    def _tiny(self):
        with WebRoot(self.ca.http01_port, self.home / "webroot"):
            self.run("sh", "-c", 'exec acme-tiny "$@" >chain.pem', "acme-tiny", "--account-key", "account.key",
                     "--csr", "request.pem", "--acme-dir", "webroot", "--directory-url", self.ca.directory_url,
                     "--contact", "mailto:admin@xmpp.example", "--disable-check")
        return Issued((self.home / "chain.pem").read_text(), self.home / "private.key")

    def issue(self, names, key_type="ec", proof="http-01"):
        kind = ("EC", "ec_paramgen_curve:P-256") if key_type == "ec" else ("RSA", "rsa_keygen_bits:2048")
        if not (self.home / "account.key").exists():
            self.run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "account.key")
        self.run("openssl", "genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", "private.key")
        self.run("openssl", "req", "-new", "-key", "private.key", "-subj", "/", "-out", "request.pem",
                 "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names))
        return self._tiny()

    def renew(self):
        return self._tiny()

    def revoke(self):
        newest = self.home / "newest.pem"
        newest.write_text(to_pem(Issued((self.home / "chain.pem").read_text()).leaf))
        Certbot(self.ca, self.home / "certbot").revoke_by_key(newest, self.home / "private.key")
