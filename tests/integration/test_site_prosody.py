"""The wizard and a real Prosody: its module proves the domain, the lines of the install page put the certificate in place."""
import shutil
import subprocess

import pytest

from lab.mailbox import Mailbox
from lab.paths import ROOT
from lab.ports import free_port
from lab.process import Daemon, run
from lab.site_person import Person
from lab.waiting import wait_until
from lab.xicad import Xicad
from lab.xmpp_home import as_user, server_home

DOMAIN, OTHER = "home.plain.example", "module.plain.example"

_CONFIGURATION = """\
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
certificates = "{home}/certs"
plugin_paths = {{ "{home}/modules" }}
xica_challenges = "{home}/challenges"
xica_renew = false
admin_socket = "{home}/data/prosody.sock"
log = {{ {{ levels = {{ min = "debug" }}, to = "file", filename = "{home}/prosody.log" }} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "admin_shell", "posix" }}
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = true
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
s2s_ports = {{ {port} }}
VirtualHost "{domain}"
VirtualHost "{other}"
modules_enabled = {{ "xica" }}
"""


class Prosody:
    """Two domains on loopback, with certificates of its own making, as after its installation; the other one has mod_xica."""

    def __init__(self, port, keep_in):
        self.port = port
        self._context = server_home("prosody", keep_in)

    def __enter__(self):
        self.home = self._context.__enter__()
        for name in ("data", "certs", "modules"):
            run(as_user("prosody", ["mkdir", "-m", "755", self.home / name]))
        for name in (DOMAIN, OTHER):
            stem = self.home / "certs" / name
            run(as_user("prosody", ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{stem}.key", "-out", f"{stem}.crt", "-subj", "/CN=old"]))
        shutil.copytree(ROOT / "integrations" / "prosody" / "mod_xica", self.home / "modules" / "mod_xica")
        self.configuration = self.home / "prosody.cfg.lua"
        self.configuration.write_text(_CONFIGURATION.format(home=self.home, port=self.port, domain=DOMAIN, other=OTHER))
        self._daemon = Daemon(as_user("prosody", ["prosody", "-F", "--config", self.configuration]), self.home / "console.log")
        self._daemon.wait_for(r"Activated service 's2s' on", 15, source=self.home / "prosody.log")
        return self

    def __exit__(self, *rest):
        self._daemon.stop()
        self._context.__exit__(*rest)

    def command(self, line):
        """A line of the page that begins with prosodyctl, as root would run it."""
        program, *words = line.split()
        assert program == "prosodyctl"
        words = [word for word in words if word != "--root"]
        return run([program, "--root", "--config", self.configuration, *words])

    def shown(self):
        """The certificate that it shows to other servers, as PEM."""
        argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-starttls", "xmpp-server", "-xmpphost", DOMAIN]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout[done.stdout.find("-----BEGIN"):done.stdout.find("-----END")]


@pytest.fixture(name="place", scope="module")
def place_fixture(output, nameserver):
    """(CA, mailbox, Prosody where the CA looks for it)"""
    port, workdir = free_port(), output / "site-prosody"
    workdir.mkdir()
    with Mailbox() as mailbox:
        options = ["--xmpp-port", port, "--mail-relay", f"smtp://127.0.0.1:{mailbox.port}"]
        with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=options) as ca, Prosody(port, workdir) as prosody:
            ca.url = ca.directory_url.removesuffix("/acme/directory")
            yield ca, mailbox, prosody


def test_prosody_proves_its_domain_and_takes_the_certificate_by_the_lines_of_the_pages(place):
    ca, mailbox, prosody = place
    with Person(ca, mailbox) as person:
        person.begin("nora@plain.example", [DOMAIN])
        person.click("input[value=xmpp-01]")
        person.press("Download the file")
        module = person.downloaded("mod_acme_proof_*.lua")
        (prosody.home / "modules" / module.name).write_text(module.read_text())
        load = next(line for line in person.text().splitlines() if line.startswith("prosodyctl shell module load"))
        assert "OK" in prosody.command(load).stdout
        person.press("Check now")
        issued, _ = person.finish()
        person.press("Next: install it")
        person.wait_for_page("/install")
        line = next(line for line in person.text().splitlines() if line.startswith("prosodyctl --root cert import"))
        prosody.command(line.replace("/root/certificate", str(person.downloads)))
        expected = issued.chain_pem[issued.chain_pem.find("-----BEGIN"):issued.chain_pem.find("-----END")]
        wait_until(lambda: prosody.shown() == expected, 20, "Prosody shows the new certificate")


def test_a_server_with_mod_xica_proves_its_domain_by_the_line_of_the_page(place):
    ca, mailbox, prosody = place
    with Person(ca, mailbox) as person:
        person.begin("olaf@plain.example", [OTHER])
        person.click("input[value=xmpp-01]")
        [line] = [code for code in person.script("return [...document.querySelectorAll('main pre code')].map(e => e.textContent)") if code.startswith("install -d")]
        run(["sh", "-eu", "-c", line.replace("/run/xica/challenges", str(prosody.home / "challenges"))])
        person.press("Check now")
        person.find("input[name=key]")
