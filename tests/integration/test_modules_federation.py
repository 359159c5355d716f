"""The XMPP way in, whole: two servers that have nothing but themselves get certificates, by `xica get` or in their own consoles, and authenticate each other
with them."""
import contextlib
import shlex
import sys
from pathlib import Path

import pytest

from lab import certs, xmpp_message
from lab.modules import EJABBERD_WITH_XICA, PROSODY_WITH_XICA, EjabberdWithModule, ProsodyWithModule, fullchain, give_xica
from lab.nameserver import NameServer
from lab.paths import BUILD
from lab.process import run
from lab.public_ca import PublicCa
from lab.zone import Signing, Zone

ROMEO, JULIET = "montague.im", "capulet.im"


def _zone(name, server, web):
    """The domain's address is a web site's on another host; SRV records lead to the XMPP server."""
    addresses = [f"@ A {web.address}", f"conference A {web.address}", f"xmpp A {server.address}"]
    return Zone(name, [*addresses, *(f"_xmpp-server._tcp{where} SRV 0 0 5269 xmpp" for where in ("", ".conference"))], Signing.SIGNED)


def _send(ca_host, root_pem, sender, sender_host, receiver, receiver_host, text):
    program = [sys.executable, Path(xmpp_message.__file__), root_pem, sender, "secret", sender_host.address, receiver, "secret", receiver_host.address, text]
    return run(ca_host.command(program), check=False, timeout=45).stdout.strip().splitlines()[-1]


class World:
    def __init__(self, network):
        self.ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
        self.prosody_host, self.ejabberd_host, self.web = (network.host(name, number, resolver=self.ca_host.address)
                                                           for number, name in enumerate(("prosody", "ejabberd", "web"), 2))

    def zones(self):
        return [_zone(JULIET, self.prosody_host, self.web), _zone(ROMEO, self.ejabberd_host, self.web),
                Zone("ca.example", [f"@ A {self.ca_host.address}"], Signing.SIGNED)]

    def messages_go_both_ways_over_external(self):
        there = _send(self.ca_host, self.ca.root_pem, f"romeo@{ROMEO}", self.ejabberd_host, f"juliet@{JULIET}", self.prosody_host, "what light")
        assert there == "received what light"
        back = _send(self.ca_host, self.ca.root_pem, f"juliet@{JULIET}", self.prosody_host, f"romeo@{ROMEO}", self.ejabberd_host, "ay me")
        assert back == "received ay me"
        self.ejabberd.wait_for(rf"Accepted outbound s2s EXTERNAL authentication {ROMEO} -> {JULIET}")
        self.ejabberd.wait_for(rf"Accepted inbound s2s EXTERNAL authentication {JULIET} -> {ROMEO}")
        self.prosody.wait_for(rf"Accepting SASL EXTERNAL identity from {ROMEO}")


@pytest.fixture
def world(network, workdir):
    """Prosody and ejabberd as packages leave them: a certificate that is signed by itself, the module, a user; and no web server anywhere."""
    made = World(network)
    with contextlib.ExitStack() as stack:
        nameserver = stack.enter_context(NameServer(workdir / "dns", made.zones(), address=made.ca_host.address, port=53, host=made.ca_host))
        made.ca = stack.enter_context(PublicCa(workdir, made.ca_host, "ca.example", nameserver))
        made.prosody = stack.enter_context(ProsodyWithModule(made.prosody_host, workdir, made.ca.root_pem, domains=[JULIET], settings=PROSODY_WITH_XICA))
        made.ejabberd = stack.enter_context(EjabberdWithModule(made.ejabberd_host, workdir, made.ca.root_pem, domains=[ROMEO], xica=EJABBERD_WITH_XICA))
        made.prosody.start()
        made.prosody.add_user("juliet", JULIET)
        made.ejabberd.add_user("romeo", ROMEO)
        yield made


def _xica_get(server, workdir, ca, *words):
    """As its administrator types it, on the server's own machine; without a name, so for all of its hosts."""
    options = ["--server", "ca.example", "--yes", "--ca-file", ca.root_pem, "--config-dir", workdir / f"xica-{server.host.name}"]
    return run(server.host.command([BUILD / "xica", "get", *options, "--server-config", server.configuration_file, *words]))


def _reload(ejabberd, workdir):
    """ejabberd's own command for it, with the folders of the laboratory's."""
    script = workdir / "reload-ejabberd"
    environment = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in ejabberd.environment().items())
    script.write_text(f"#!/bin/sh\nexec env {environment} {shlex.join(str(word) for word in ejabberd.command('reload-config'))}\n")
    script.chmod(0o755)
    return script


def test_prosody_and_ejabberd_freshly_installed_without_web_server_get_certificates_by_xica_get_and_a_message_goes_both_ways_over_external(world, workdir):
    of_prosody = _xica_get(world.prosody, workdir, world.ca)
    of_ejabberd = _xica_get(world.ejabberd, workdir, world.ca, "--reload", _reload(world.ejabberd, workdir))
    for done, domain in ((of_prosody, JULIET), (of_ejabberd, ROMEO)):
        assert f"{domain}: proven by xmpp-01" in done.stdout and "shows the new certificate" in done.stdout
    for server, domain in ((world.prosody, JULIET), (world.ejabberd, ROMEO)):
        folder = workdir / f"xica-{server.host.name}" / "certificates" / domain / "current"
        certs.check_xmpp_certificate(certs.Issued((folder / "fullchain.pem").read_text()), [domain, f"conference.{domain}"], world.ca.root_pem, workdir)
        assert list(server.challenges.iterdir()) == [], "what was shown is gone"
    world.messages_go_both_ways_over_external()


def test_the_same_in_the_servers_own_consoles(world, workdir):
    for server in (world.prosody, world.ejabberd):
        give_xica(server, world.ca)
    world.prosody.ctl("mod_xica", "get")
    world.ejabberd.ctl("xica_get", "all")
    for server, domain in ((world.prosody, JULIET), (world.ejabberd, ROMEO)):
        certs.check_xmpp_certificate(certs.Issued(fullchain(server, domain)), [domain, f"conference.{domain}"], world.ca.root_pem, workdir)
    world.messages_go_both_ways_over_external()
