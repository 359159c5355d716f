"""The XMPP way in, whole: two servers that have nothing but themselves get certificates in their own consoles, and authenticate each other with them."""
import sys
from pathlib import Path

from lab import certs, xmpp_message
from lab.modules import EJABBERD_WITH_XICA, PROSODY_WITH_XICA, EjabberdWithModule, ProsodyWithModule, fullchain, give_xica
from lab.nameserver import NameServer
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


def test_prosody_and_ejabberd_freshly_installed_without_web_server_get_certificates_and_a_message_goes_both_ways_over_external(network, workdir):
    ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
    prosody_host, ejabberd_host, web = (network.host(name, number, resolver=ca_host.address) for number, name in enumerate(("prosody", "ejabberd", "web"), 2))
    zones = [_zone(JULIET, prosody_host, web), _zone(ROMEO, ejabberd_host, web), Zone("ca.example", [f"@ A {ca_host.address}"], Signing.SIGNED)]
    with NameServer(workdir / "dns", zones, address=ca_host.address, port=53, host=ca_host) as nameserver, \
            PublicCa(workdir, ca_host, "ca.example", nameserver) as ca, \
            ProsodyWithModule(prosody_host, workdir, ca.root_pem, domains=[JULIET], settings=PROSODY_WITH_XICA) as prosody, \
            EjabberdWithModule(ejabberd_host, workdir, ca.root_pem, domains=[ROMEO], xica=EJABBERD_WITH_XICA) as ejabberd:
        prosody.start()
        for server in (prosody, ejabberd):
            give_xica(server, ca)
        prosody.add_user("juliet", JULIET)
        ejabberd.add_user("romeo", ROMEO)

        prosody.ctl("mod_xica", "get")
        ejabberd.ctl("xica_get", "all")
        for server, domain in ((prosody, JULIET), (ejabberd, ROMEO)):
            certs.check_xmpp_certificate(certs.Issued(fullchain(server, domain)), [domain, f"conference.{domain}"], ca.root_pem, workdir)

        there = _send(ca_host, ca.root_pem, f"romeo@{ROMEO}", ejabberd_host, f"juliet@{JULIET}", prosody_host, "what light")
        assert there == "received what light"
        back = _send(ca_host, ca.root_pem, f"juliet@{JULIET}", prosody_host, f"romeo@{ROMEO}", ejabberd_host, "ay me")
        assert back == "received ay me"
        ejabberd.wait_for(rf"Accepted outbound s2s EXTERNAL authentication {ROMEO} -> {JULIET}")
        ejabberd.wait_for(rf"Accepted inbound s2s EXTERNAL authentication {JULIET} -> {ROMEO}")
        prosody.wait_for(rf"Accepting SASL EXTERNAL identity from {ROMEO}")
