"""lego 4.9: http-01 and tls-alpn-01 by its own servers, dns-01 by its RFC 2136 provider."""
from ..certs import Issued
from .base import Client


class Lego(Client):
    proofs = ("http-01", "dns-01", "tls-alpn-01")
    wildcards = True

    def environment(self):
        env = super().environment()
        if self.nameserver:
            env.update(RFC2136_NAMESERVER=self.nameserver.endpoint, RFC2136_TSIG_ALGORITHM="hmac-sha256.",
                       RFC2136_TSIG_KEY="lab-update.", RFC2136_TSIG_SECRET=self.nameserver.secret, RFC2136_TTL="1",
                       RFC2136_POLLING_INTERVAL="1", RFC2136_SEQUENCE_INTERVAL="1")
        return env

    def _lego(self, command, *words, names=None):
        domains = [word for name in names or self._names for word in ("-d", name)]
        return self.run(*self._general, *domains, command, *words)

    def _stored(self):
        stem = self.home / "lego" / "certificates" / self._names[0].replace("*", "_")
        return Issued(stem.with_name(stem.name + ".crt").read_text(), stem.with_name(stem.name + ".key"))

    def issue(self, names, key_type="ec", proof="http-01"):
        self._names = names
        how = {"http-01": ("--http", "--http.port", f":{self.ca.http01_port}"),
               "tls-alpn-01": ("--tls", "--tls.port", f":{self.ca.tlsalpn01_port}"),
               "dns-01": self.nameserver and ("--dns", "rfc2136", "--dns.disable-cp", "--dns.resolvers", self.nameserver.endpoint)}
        bound = ("--eab", "--kid", self.eab[0], "--hmac", self.eab[1]) if self.eab else ()
        self._general = ("lego", "--server", self.ca.directory_url, "--email", "admin@xmpp.example", "--accept-tos",
                         "--path", self.home / "lego", "--key-type", "ec256" if key_type == "ec" else "rsa2048",
                         *bound, *how[proof])
        self._lego("run")
        return self._stored()

    def renew(self):
        self._lego("renew", "--days", "10000", "--no-random-sleep")
        return self._stored()

    def revoke(self):
        self._lego("revoke", names=self._names[:1])
