"""Debian's ejabberd 23.01 on a host of the laboratory: it gets its certificates by its own ACME client at start, and talks to
other servers only over TLS with a trusted certificate (starttls required, no dialback)."""
from .process import Daemon, run
from .xmpp_home import as_user, server_home

_USER = "ejabberd"
_DISTRIBUTION_PORT = "5210"  # instead of epmd, which would outlive the test

_CONFIGURATION = """\
loglevel: debug
hosts: [{hosts}]
ca_file: {root}
acme:
  ca_url: {ca_url}
  contact: "mailto:admin@{first}"
  cert_type: ec
s2s_use_starttls: required
s2s_cafile: {root}
listen:
  - {{ port: 80, ip: "0.0.0.0", module: ejabberd_http, request_handlers: {{ /.well-known/acme-challenge: ejabberd_acme }} }}
  - {{ port: 5443, ip: "0.0.0.0", module: ejabberd_http, tls: true, request_handlers: {{ /upload: mod_http_upload }} }}
  - {{ port: 5222, ip: "0.0.0.0", module: ejabberd_c2s, starttls: true, starttls_required: true }}
  - {{ port: 5269, ip: "0.0.0.0", module: ejabberd_s2s_in }}
modules:
  mod_disco: {{}}
  mod_roster: {{}}
  mod_muc: {{ host: "conference.@HOST@" }}
  mod_pubsub: {{ host: "pubsub.@HOST@" }}
  mod_http_upload: {{ host: "upload.@HOST@", put_url: "https://@HOST@:5443/upload", docroot: "{home}/upload" }}
"""

COMPONENTS = ("conference", "pubsub", "upload")


class Ejabberd:
    """Several domains with their components on `host` (netns.Host); logs are kept in `keep_in`."""

    def __init__(self, host, domains, ca_url, root_pem, keep_in):
        self.host, self.domains = host, domains
        self._ca_url, self._root, self._keep_in = ca_url, root_pem, keep_in
        self._daemon = None

    def __enter__(self):
        self._home_context = server_home(_USER, self._keep_in)
        self.home = self._home_context.__enter__()
        try:
            return self._start()
        except BaseException:
            self.__exit__()
            raise

    def configuration(self, root):
        """The text of ejabberd.yml; `root` is the file of the CA's root."""
        return _CONFIGURATION.format(home=self.home, root=root, ca_url=self._ca_url, hosts=", ".join(self.domains), first=self.domains[0])

    def _start(self):
        root = self.home / "root.pem"
        root.write_text(self._root.read_text())
        (self.home / "ejabberd.yml").write_text(self.configuration(root))
        (self.home / "inetrc").write_text('{lookup,["file","native"]}.\n')
        run(as_user(_USER, ["mkdir", self.home / "spool"]))
        self.log = self.home / "ejabberd.log"
        self._daemon = Daemon(self.host.command(self.command("foreground")), self.home / "console.log",
                              env=self.environment(), whole_group=True)
        self._daemon.wait_for(r"ejabberd 23.* is started in the node", 30, source=self.log)
        return self

    def __exit__(self, *_):
        try:
            if self._daemon:
                self._daemon.stop(15)
        finally:
            self._home_context.__exit__(None, None, None)

    def command(self, *words):
        """ejabberdctl with these words, by the server's user."""
        return as_user(_USER, ["ejabberdctl", "--config-dir", self.home, "--logs", self.home, "--spool", self.home / "spool", *words])

    def environment(self):
        return {"HOME": self.home / "spool", "ERL_DIST_PORT": _DISTRIBUTION_PORT}

    def ctl(self, *words, check=True):
        return run(self.host.command(self.command(*words)), env=self.environment(), timeout=30, check=check)

    def register(self, user, domain, password):
        self.ctl("register", user, domain, password)

    def wait_for(self, pattern, timeout=20):
        return self._daemon.wait_for(pattern, timeout, source=self.log)
