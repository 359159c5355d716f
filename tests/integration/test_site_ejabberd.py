"""The lines of the install page for ejabberd, run as they stand there: a real ejabberd shows the new certificate."""
import html
import re
import subprocess

import pytest

from lab import certs
from lab.csr import key_pem, new_key
from lab.ejabberd import Ejabberd
from lab.paths import ROOT
from lab.process import run
from lab.tlsserver import certificate
from lab.waiting import wait_until
from lab.webserver import Http01

DOMAIN = "home.plain.example"

_CONFIGURATION = """\
loglevel: debug
hosts: [{domain}]
acme: {{ auto: false }}
{certfiles}
listen:
  - {{ port: 5269, ip: "127.0.0.1", module: ejabberd_s2s_in }}
s2s_use_starttls: required
modules:
  mod_disco: {{}}
"""


class Installed(Ejabberd):
    """With a certificate of its own making, as after its installation."""

    def configuration(self, root):
        own = certificate(self.home, [DOMAIN], b"", oid=None)
        run(["chown", "ejabberd:", own])
        return self.configured(f'certfiles: ["{own}"]')

    def configured(self, certfiles):
        return _CONFIGURATION.format(domain=DOMAIN, certfiles=certfiles)

    def shown(self):
        """The certificate that it shows to other servers, as PEM."""
        argv = ["openssl", "s_client", "-connect", "127.0.0.1:5269", "-starttls", "xmpp-server", "-xmpphost", DOMAIN]
        done = subprocess.run([str(word) for word in self.host.command(argv)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S)
        return found and certs.load_chain(found[0])[0]


@pytest.fixture(name="blocks")
def blocks_fixture():
    """What stands to copy in the page's part for ejabberd, for DOMAIN."""
    page = (ROOT / "site" / "install.html").read_text()
    part = re.search(r'<section data-server="ejabberd">(.*?)</section>', page, re.S)[1]
    return [html.unescape(block).replace("example.org", DOMAIN) for block in re.findall(r"<pre data-copy><code>(.*?)</code></pre>", part, re.S)]


def test_ejabberd_shows_the_certificate_after_the_lines_of_the_page(host, account, ca, blocks, any_root, workdir):
    files = workdir / "certificate"
    files.mkdir()
    key = new_key()
    with Http01(ca.http01_port) as http01:
        issued = account.issue([DOMAIN], http01, key)
    (files / f"{DOMAIN}.crt").write_text(issued.chain_pem)
    (files / f"{DOMAIN}.key").write_bytes(key_pem(key))
    with Installed(host, [DOMAIN], "", any_root, workdir) as ejabberd:
        before = wait_until(ejabberd.shown, 20, "it shows its own one")
        assert before != issued.leaf
        place, certfiles, reload = (block.replace("/etc/ejabberd", str(ejabberd.home)).replace("/root/certificate", str(files)) for block in blocks)
        run(["sh", "-eu", "-c", place])
        (ejabberd.home / "ejabberd.yml").write_text(ejabberd.configured(certfiles))
        ejabberd.ctl(*reload.split()[1:])
        wait_until(lambda: ejabberd.shown() == issued.leaf, 20, "it shows the new one")
