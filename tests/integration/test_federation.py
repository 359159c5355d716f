"""The main job: XMPP servers that have never heard of xica get certificates from it, and authenticate to each other with them.

Three hosts on a network of their own: the CA with the name server, one with ejabberd 23.01, one with Prosody 0.12. The names stand
in a DNSSEC-signed zone on port 53; everything listens on the ports of the real world."""
import sys
from pathlib import Path

import pytest

from lab import certs, trust, xmpp_message
from lab.acme_raw import Acme
from lab.csr import key_pem, new_key
from lab.ejabberd import COMPONENTS, Ejabberd
from lab.local_names import resolving
from lab.nameserver import NameServer
from lab.process import run
from lab.prosody import Prosody
from lab.public_ca import PublicCa
from lab.webserver import Http01
from lab.zone import Signing, Zone

ROMEO, JULIET = "montague.im", "capulet.im"
BALCONY = "verona.im"


class World:
    """The hosts, names and the CA; the XMPP servers are the tests'."""

    def __init__(self, network, workdir):
        self.workdir = workdir
        self.ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
        self.ejabberd_host = network.host("ejabberd", 2, resolver=self.ca_host.address)
        self.prosody_host = network.host("prosody", 3, resolver=self.ca_host.address)

    def zones(self):
        def xmpp(name, host):
            addresses = [f"{label} A {host.address}" for label in ("@", *COMPONENTS)]
            services = [f"_xmpp-server._tcp{where} SRV 0 0 5269 {name}." for where in ("", *(f".{c}" for c in COMPONENTS))]
            return Zone(name, [*addresses, *services], Signing.SIGNED)

        return [xmpp(ROMEO, self.ejabberd_host), xmpp(BALCONY, self.ejabberd_host), xmpp(JULIET, self.prosody_host),
                Zone("ca.example", [f"@ A {self.ca_host.address}"], Signing.SIGNED)]

    def message(self, root_pem, sender, sender_host, receiver, receiver_host, text):
        """Sends a message between users (their password is "secret"); returns what the driver printed last."""
        program = [sys.executable, Path(xmpp_message.__file__), root_pem, sender, "secret", sender_host.address,
                   receiver, "secret", receiver_host.address, text]
        done = run(self.ca_host.command(program), check=False, timeout=45)
        return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def world(network, workdir):
    made = World(network, workdir)
    with NameServer(workdir / "dns", made.zones(), address=made.ca_host.address, port=53, host=made.ca_host) as nameserver:
        with PublicCa(workdir, made.ca_host, "ca.example", nameserver) as ca:
            made.ca = ca
            yield made


def _start_ejabberd(world):
    """ejabberd with two domains; returns when its own ACME client has a certificate for all of them."""
    return Ejabberd(world.ejabberd_host, [ROMEO, BALCONY], world.ca.directory_url, world.ca.root_pem, world.workdir)


def _ejabberd_certificate(ejabberd):
    """The one certificate that ejabberd ordered by itself."""
    outcome = ejabberd.wait_for(r"Certificate for .* has been received, stored and loaded successfully|Failed to request certificate.*", 60)
    assert not outcome[0].startswith("Failed"), outcome[0]
    stored = [path for path in (ejabberd.home / "spool" / "acme" / "live").iterdir()]
    assert len(stored) == 1, stored
    return certs.Issued(stored[0].read_text())


def _certbot_for_prosody(world, prosody):
    """certbot on Prosody's host, standalone, with the deploy hook of Prosody's documentation."""
    directories = [word for kind in ("config", "work", "logs") for word in (f"--{kind}-dir", world.workdir / "certbot" / kind)]
    live = world.workdir / "certbot" / "config" / "live"
    argv = ["certbot", "certonly", "--standalone", "--non-interactive", "--agree-tos", "-m", f"admin@{JULIET}", "--no-eff-email",
            "--server", world.ca.directory_url, *directories, "-d", JULIET, "-d", f"conference.{JULIET}",
            "--deploy-hook", prosody.import_command(live)]
    run(world.prosody_host.command(argv), env=trust.environment(world.ca.root_pem), timeout=60)
    return certs.Issued((live / JULIET / "fullchain.pem").read_text())


def _serverauth_for_prosody(world):
    """A certificate of the profile `serverauth`, which certbot 2.1 cannot ask for."""
    key = new_key()
    with world.prosody_host.entered(), Http01(80, world.prosody_host.address) as http01, resolving({world.ca.name: world.ca_host.address}):
        account = Acme(world.ca.directory_url, world.ca.root_pem).new_account()
        issued = account.issue([JULIET], http01, key=key, profile="serverauth")
    issued.key = world.workdir / "serverauth.key"
    issued.key.write_bytes(key_pem(key))
    return issued


def _both_users(ejabberd, prosody):
    ejabberd.register("romeo", ROMEO, "secret")
    prosody.register("juliet", "secret")


def test_two_servers_authenticate_each_other_by_sasl_external_with_certificates_they_got_by_plain_acme(world):
    with Prosody(world.prosody_host, JULIET, world.ca.root_pem, world.workdir) as prosody, _start_ejabberd(world) as ejabberd:
        prosody.start()
        names = [prefix + domain for domain in (ROMEO, BALCONY) for prefix in ("", *(f"{c}." for c in COMPONENTS))]
        certs.check_xmpp_certificate(_ejabberd_certificate(ejabberd), names, world.ca.root_pem, world.workdir)
        issued = _certbot_for_prosody(world, prosody)
        certs.check_xmpp_certificate(issued, [JULIET, f"conference.{JULIET}"], world.ca.root_pem, world.workdir)
        _both_users(ejabberd, prosody)

        there = world.message(world.ca.root_pem, f"romeo@{ROMEO}", world.ejabberd_host, f"juliet@{JULIET}", world.prosody_host, "what light")
        assert there == "received what light"
        back = world.message(world.ca.root_pem, f"juliet@{JULIET}", world.prosody_host, f"romeo@{ROMEO}", world.ejabberd_host, "ay me")
        assert back == "received ay me"

        ejabberd.wait_for(rf"Accepted outbound s2s EXTERNAL authentication {ROMEO} -> {JULIET}")
        ejabberd.wait_for(rf"Accepted inbound s2s EXTERNAL authentication {JULIET} -> {ROMEO}")
        prosody.wait_for(r"certificate identity validation result: valid")
        prosody.wait_for(rf"Accepting SASL EXTERNAL identity from {ROMEO}")


def test_ejabberd_23_refuses_a_peer_whose_certificate_is_for_serverauth_only_which_is_why_xica_exists(world):
    with Prosody(world.prosody_host, JULIET, world.ca.root_pem, world.workdir) as prosody, _start_ejabberd(world) as ejabberd:
        issued = _serverauth_for_prosody(world)
        assert certs.usages(issued.leaf) == {certs.SERVER_AUTH}
        prosody.install(issued)
        prosody.start()
        _ejabberd_certificate(ejabberd)
        _both_users(ejabberd, prosody)

        answer = world.message(world.ca.root_pem, f"juliet@{JULIET}", world.prosody_host, f"romeo@{ROMEO}", world.ejabberd_host, "ay me")
        assert answer.startswith("refused"), answer
        ejabberd.wait_for(rf"Failed inbound s2s EXTERNAL authentication {JULIET} -> {ROMEO}.*unsupported certificate purpose")
