"""uacme 1.7: every proof through its hook; tls-alpn-01 with ualpn. It trusts the system's bundle alone."""
import tempfile
from pathlib import Path

from .. import trust
from ..certs import Issued
from ..process import Daemon
from ..webserver import WebRoot
from .base import HOOKS, Client


class Uacme(Client):
    proofs = ("http-01", "dns-01", "tls-alpn-01")
    wildcards = True
    _socket = ""

    def _uacme(self, *words):
        env = {"LAB_PROOF": self._proof, "LAB_WEBROOT": self.home / "webroot", "LAB_UALPN": self._socket}
        argv = ("uacme", "--acme-url", self.ca.directory_url, "--confdir", self.home / "uacme", "--yes",
                "--hook", HOOKS / "uacme", *words)
        with WebRoot(self.ca.http01_port, self.home / "webroot"):
            return self.run(*trust.with_system_bundle(argv, self.ca.root_pem, self.home), env=env)

    def _stored(self):
        name = self._names[0].removeprefix("*.")
        return Issued(self._certificate().read_text(), self.home / "uacme" / "private" / name / "key.pem")

    def _certificate(self):
        return self.home / "uacme" / self._names[0].removeprefix("*.") / "cert.pem"

    def _issue(self, *words):
        if self._proof != "tls-alpn-01":
            return self._uacme(*words)
        with tempfile.TemporaryDirectory() as short:  # a socket's path has room for 107 bytes
            self._socket = Path(short) / "ualpn"
            with self._ualpn():
                return self._uacme(*words)

    def _ualpn(self):
        responder = Daemon(["ualpn", "--bind", f"127.0.0.1@{self.ca.tlsalpn01_port}", "--connect", "127.0.0.1@9", "--verbose",
                            "--sock", self._socket, "--pidfile", self.home / "ualpn.pid", "--num-workers", "1"], self.home / "ualpn.log")
        responder.wait_for("frontend listening", 5)
        return responder

    def issue(self, names, key_type="ec", proof="http-01"):
        self._names, self._proof = names, proof
        self._type = ("--type", "EC", "--bits", "256") if key_type == "ec" else ("--type", "RSA", "--bits", "2048")
        if not (self.home / "uacme" / "private" / "key.pem").exists():
            self._uacme("new", "admin@xmpp.example")
        self._issue(*self._type, "issue", *names)
        return self._stored()

    def renew(self):
        self._issue(*self._type, "--force", "issue", *self._names)
        return self._stored()

    def revoke(self):
        self._uacme("revoke", self._certificate())
