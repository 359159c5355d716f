"""Debian's Prosody 0.12 on a host of the laboratory: server-to-server streams only with a trusted certificate, no dialback."""
from .process import Daemon, run
from .xmpp_home import as_user, server_home

_USER = "prosody"

_CONFIGURATION = """\
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
certificates = "{home}/certs"
log = {{ {{ levels = {{ min = "debug" }}, to = "file", filename = "{home}/prosody.log" }} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "posix"{modules} }}
authentication = "internal_hashed"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = true
ssl = {{ cafile = "{root}" }}
{settings}
VirtualHost "{domain}"
Component "conference.{domain}" "muc"
{further}"""


class Prosody:
    """One domain and its MUC component on `host` (netns.Host); logs are kept in `keep_in`. A test may want more `modules`, lines of global
    `settings` ("{home}" in them is the server's folder), and `further` sections after them."""

    def __init__(self, host, domain, root_pem, keep_in, *, modules=(), settings="", further=""):
        self.host, self.domain = host, domain
        self._modules = "".join(f', "{name}"' for name in modules)
        self._settings, self._further = settings, further
        self._root, self._keep_in = root_pem, keep_in
        self._daemon = None

    def __enter__(self):
        self._home_context = server_home(_USER, self._keep_in)
        self.home = self._home_context.__enter__()
        for name in ("data", "certs"):
            run(as_user(_USER, ["mkdir", self.home / name]))
        root = self.home / "root.pem"
        root.write_text(self._root.read_text())
        self.configuration = self.home / "prosody.cfg.lua"
        self.configuration.write_text(_CONFIGURATION.format(
            home=self.home, root=root, domain=self.domain, modules=self._modules, settings=self._settings.replace("{home}", str(self.home)),
            further=self._further))
        self.log = self.home / "prosody.log"
        return self

    def start(self):
        argv = as_user(_USER, ["prosody", "-F", "--config", self.configuration])
        self._daemon = Daemon(self.host.command(argv), self.home / "console.log")
        self._daemon.wait_for(r"Activated service 's2s' on", 15, source=self.log)
        return self

    def __exit__(self, *_):
        try:
            if self._daemon:
                self._daemon.stop()
        finally:
            self._home_context.__exit__(None, None, None)

    def import_command(self, directory):
        """The command line of an admin's deploy hook: takes the certificate from certbot's layout and reloads."""
        return f"prosodyctl --root --config {self.configuration} cert import {self.domain} {directory}"

    def install(self, issued):
        """Puts a certificate and its key in place, as `cert import` would, for a client that is no certbot."""
        stem = self.home / "certs" / self.domain
        for suffix, text in ((".crt", issued.chain_pem), (".key", issued.key.read_text())):
            path = stem.with_name(self.domain + suffix)
            path.write_text(text)
            run(["chown", f"{_USER}:", path])

    def register(self, user, password):
        self.ctl("register", user, self.domain, password)

    def ctl(self, *words, check=True):
        return run(self.host.command(["prosodyctl", "--config", self.configuration, *words]), timeout=30, check=check)

    def wait_for(self, pattern, timeout=20):
        return self._daemon.wait_for(pattern, timeout, source=self.log)
