"""A CA as an operator runs it: made by `xica ca init`, configured by a file, with the rules of production."""
import pwd
import shutil
import tempfile
from pathlib import Path

from .paths import BUILD
from .process import run
from .xicad import Running
from .xmpp_home import as_user

# System users that every Debian has; the tests only need them to differ.
USERS = {"front": "games", "registrar": "news", "validator": "uucp", "signer": "man", "mailer": "lp", "login": "proxy"}

_CONFIGURATION = """\
url = "https://{name}"
http-url = "http://{name}"
website = "https://{name}/"
caa-identities = {{"{name}"}}
state-dir = "{state}"
listen {{
	https = {{"{address}:443"}}
	http = {{"{address}:80"}}
}}
proof {{
	dns = "{dns}"
	trust-anchor = "{trust_anchor}"
}}
"""


class PublicCa(Running):
    """https://NAME on a host of the laboratory: ports 80 and 443, public addresses only. Started as root with each role under a uid
    of its own, or whole under one unprivileged `user`. Its state lies outside the source tree, which other users may not read;
    logs are kept in `keep_in`."""

    def __init__(self, keep_in, host, name, nameserver, user=None):
        self.name, self._user = name, user
        self.home = Path(tempfile.mkdtemp(prefix="xica-ca-"))
        self.home.chmod(0o755)
        self.state = self.home / "state"
        self.root_pem = keep_in / "root.pem"
        self.configuration = self.home / "xicad.conf"
        super().__init__(keep_in / "ca", [shutil.copy(BUILD / "xicad", self.home), "-c", self.configuration], host)
        trust_anchor = shutil.copy(nameserver.trust_anchor, self.home)
        text = _CONFIGURATION.format(name=name, state=self.state, address=host.address, dns=nameserver.endpoint, trust_anchor=trust_anchor)
        self.configuration.write_text(text if user else text + _users())

    def __enter__(self):
        try:
            self.ceremony()
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.remove()

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def command(self, extra=()):
        argv = [*self.argv, *extra]
        return self.host.command(as_user(self._user, argv) if self._user else argv)

    def ceremony(self):
        """Root and intermediate, the root's key with a passphrase, and the root's certificate for those who shall trust it."""
        passphrase = self.home / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        self.state.mkdir()
        run([BUILD / "xica", "ca", "init", "--dir", self.state / "ca", "--name", "Laboratory", "--http-url", f"http://{self.name}",
             "--passphrase-file", passphrase])
        self.root_pem.write_text("".join(path.read_text() for path in (self.state / "ca" / "certificates").glob("root-*.pem")))
        if self._user:
            group = pwd.getpwnam(self._user).pw_gid
            run(["chown", "-R", f"{self._user}:{group}", self.state])


def _users():
    return "users {\n" + "".join(f'\t{role} = "{user}"\n' for role, user in USERS.items()) + "}\n"
