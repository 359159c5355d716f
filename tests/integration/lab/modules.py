"""The XMPP servers of the laboratory with their module of integrations/: a self-signed certificate, no web server, and `xica` a program of the test's own.

Both serve DOMAIN with its component CONFERENCE, and OTHER; admin@DOMAIN is an admin of the former, with ejabberd tybalt@OTHER one of the latter, and
romeo@DOMAIN of none. Passwords are "secret"."""
import contextlib
import functools
import re
import shutil

import requests

from .ejabberd import Ejabberd
from .netns import Network
from .paths import BUILD, ROOT
from .process import run
from .prosody import Prosody
from .stranger import Stranger, proofs
from .tlsserver import certificate

DOMAIN, OTHER = "capulet.im", "montague.im"
CONFERENCE = f"conference.{DOMAIN}"
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
THUMBPRINT = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
PROOF = f"{TOKEN}.{THUMBPRINT}"
HOST_PAGE = f"server/{DOMAIN}/xica/"  # of ejabberd's web admin

_PROSODY_SETTINGS = """\
plugin_paths = { "{home}/modules" }
xica_challenges = "{home}/challenges"
xica_program = "{home}/xica"
xica_server = "https://ca.example/acme/directory"
xica_renew = false
admins = { "admin@capulet.im" }
"""


class ProsodyWithModule(Prosody):
    """Prosody with integrations/prosody/mod_xica in its path, a self-signed certificate, and `xica` a program of the test's own."""

    def __init__(self, host, workdir, root_pem, *, domains=(DOMAIN, OTHER), everywhere=True, settings=""):
        others = "".join(f'VirtualHost "{name}"\n' for name in domains[1:]) + ("" if everywhere else 'modules_enabled = { "xica" }\n')
        super().__init__(host, domains[0], root_pem, workdir, modules=["adhoc", "dialback", *(["xica"] if everywhere else [])],
                         settings=_PROSODY_SETTINGS + settings, further=others)
        self._workdir, self._domains = workdir, domains

    def __enter__(self):
        super().__enter__()
        shutil.copytree(ROOT / "integrations" / "prosody" / "mod_xica", self.home / "modules" / "mod_xica")
        (self.home / "modules").chmod(0o755)
        pem = certificate(self._workdir, [*self._domains, f"conference.{self.domain}"], b"", oid=None)
        for name in self._domains:
            shutil.copy(pem, self.home / "certs" / f"{name}.pem")
            run(["chown", "prosody:", self.home / "certs" / f"{name}.pem"])
        self.challenges = self.home / "challenges"
        self.challenges.mkdir()
        return self

    @property
    def configuration_file(self):
        return self.configuration

    def start(self):
        super().start()
        self.wait_for(r"Activated service 'c2s' on")
        return self

    def add_user(self, user, domain):
        assert domain == self.domain
        self.register(user, "secret")


_EJABBERD_CONFIGURATION = """\
loglevel: debug
hosts: [{domains}]
ca_file: {root}
acme: {{ auto: false }}
certfiles: ["{home}/certs/*.pem", "{home}/of-xica/certificates/*/current/*.pem"]
s2s_use_starttls: required
s2s_cafile: {root}
acl: {{ admin: {{ user: [admin@capulet.im] }}, other: {{ user: [tybalt@montague.im] }} }}
access_rules: {{ configure: {{ allow: admin }} }}
host_config: {{ montague.im: {{ access_rules: {{ configure: {{ allow: other }} }} }} }}
listen:
  - {{ port: 5280, ip: "0.0.0.0", module: ejabberd_http, request_handlers: {{ /admin: ejabberd_web_admin }} }}
  - {{ port: 5222, ip: "0.0.0.0", module: ejabberd_c2s, starttls: true, starttls_required: true }}
  - {{ port: 5223, ip: "0.0.0.0", module: ejabberd_c2s, tls: true }}
  - {{ port: 5269, ip: "0.0.0.0", module: ejabberd_s2s_in }}
  - {{ port: 5270, ip: "0.0.0.0", module: ejabberd_s2s_in, tls: true }}
modules:
  mod_disco: {{}}
  mod_adhoc: {{}}
  mod_muc: {{ host: "conference.@HOST@" }}
  mod_xica: {{ challenges: "{home}/challenges", program: "{home}/xica", server: "https://ca.example/acme/directory",
    {xica} }}
"""


class EjabberdWithModule(Ejabberd):
    """ejabberd with integrations/ejabberd compiled and in its path, and otherwise as ProsodyWithModule."""

    def __init__(self, host, workdir, root_pem, *, domains=(DOMAIN, OTHER), xica="renew: false"):
        super().__init__(host, domains, "", root_pem, workdir)
        self._workdir, self._xica = workdir, xica

    def configuration(self, root):
        certs_folder = self.home / "certs"
        certs_folder.mkdir()
        shutil.copy(certificate(self._workdir, [*self.domains, f"conference.{self.domains[0]}"], b"", oid=None), certs_folder / "own.pem")
        run(["chown", "-R", "ejabberd:", certs_folder])
        self.challenges = self.home / "challenges"
        self.challenges.mkdir()
        run([ROOT / "integrations" / "ejabberd" / "build", self.home / "ebin"])
        (self.home / "ejabberdctl.cfg").write_text(f'ERL_OPTIONS="-pa {self.home}/ebin"\n')
        return _EJABBERD_CONFIGURATION.format(home=self.home, root=root, domains=", ".join(self.domains), xica=self._xica.replace("{home}", str(self.home)))

    @property
    def configuration_file(self):
        return self.home / "ejabberd.yml"

    def start(self):
        """Nothing: it runs from the beginning."""

    def add_user(self, user, domain):
        self.register(user, domain, "secret")


_XICA = """#!/bin/sh
printf '%s\\n' "$*" >>'{home}/asked'
ls -l /proc/$$/fd >'{home}/files'
[ -e '{home}/fail' ] && {{ echo "xica: the CA's words" >&2; exit 1; }}
exit 0
"""


PROSODY_WITH_XICA = 'xica_config_dir = "{home}/of-xica"\nxica_get_options = { "--yes", "--ca-file", "{home}/ca.pem" }\n'
EJABBERD_WITH_XICA = "renew: false, config_dir: '{home}/of-xica', get_options: ['--yes', '--ca-file', '{home}/ca.pem']"


def give_xica(server, ca):
    """The program itself, for a server with the settings above. It makes its folders as the server's user; the challenge folder, too."""
    shutil.copy(BUILD / "xica", server.home / "xica")
    (server.home / "ca.pem").write_text(ca.root_pem.read_text())
    server.challenges.rmdir()


def fullchain(server, domain):
    """What that program keeps: the certificate of `domain`, as PEM."""
    return (server.home / "of-xica" / "certificates" / domain / "current" / "fullchain.pem").read_text()


def put_xica(server):
    """Puts it in place; returns what it was asked for so far, line by line."""
    path = server.home / "xica"
    path.write_text(_XICA.format(home=server.home))
    path.chmod(0o755)
    asked = server.home / "asked"
    return lambda: asked.read_text().splitlines() if asked.exists() else []


def seen(server, domain, **options):
    """The proofs that a stranger sees in the encrypted stream to `domain`."""
    with server.host.entered(), Stranger(server.host.address, domain, **options) as stranger:
        return proofs(stranger.features())


def put(server, name, text):
    """A file in the challenge folder."""
    (server.challenges / name).write_text(text)


def fresh(server):
    """Takes away what a test may have left with a server."""
    server.challenges.mkdir(exist_ok=True)
    for path in server.challenges.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("xica", "asked", "files", "fail"):
        (server.home / name).unlink(missing_ok=True)
    return server


@contextlib.contextmanager
def running_servers(directory):
    """Both, each on a host of its own, as a dictionary of functions that start the one the first time and return it fresh each time."""
    with Network() as network, contextlib.ExitStack() as stack:
        @functools.cache
        def start(kind, name, number, users):
            place = directory / name
            place.mkdir()
            server = stack.enter_context(kind(network.host(name, number), place, certificate(place, ["root.invalid"], b"", oid=None)))
            server.start()
            for user, domain in users:
                server.add_user(user, domain)
            return server

        users = (("admin", DOMAIN), ("romeo", DOMAIN))
        yield {"prosody": lambda: fresh(start(ProsodyWithModule, "prosody", 2, users)),
               "ejabberd": lambda: fresh(start(EjabberdWithModule, "ejabberd", 3, (*users, ("tybalt", OTHER))))}


class WebAdmin:
    """A person at the web admin: what a browser of his would send."""

    def __init__(self, server, user):
        self._server, self._auth = server, (user, "secret")

    def request(self, method, path, form=()):
        with self._server.host.entered():
            return requests.request(method, f"http://{self._server.host.address}:5280/admin/{path}", data=list(form), auth=self._auth, timeout=20)

    def word(self, path):
        return re.search(r"name='word' value='([^']+)'", self.request("GET", path).text).group(1)
