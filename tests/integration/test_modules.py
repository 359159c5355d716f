"""integrations/: the module of each XMPP server shows the CA's proof in its own streams (xmpp-01), and no other.

The servers have a self-signed certificate and no web server, and the domain's address record leads to another host."""
import os
import re

import pytest
from cryptography import x509

from lab import certs
from lab.modules import (CONFERENCE, DOMAIN, EJABBERD_WITH_XICA, HOST_PAGE, OTHER, PROOF, PROSODY_WITH_XICA, THUMBPRINT, TOKEN, EjabberdWithModule,
                         ProsodyWithModule, WebAdmin, fullchain, give_xica, put, seen)
from lab.nameserver import NameServer
from lab.public_ca import PublicCa
from lab.stranger import Stranger, proofs
from lab.waiting import wait_until
from lab.zone import Signing, Zone


# --- what is shown, and to whom

def test_the_proof_is_shown_to_servers_and_clients_of_its_domain_alone(server):
    put(server, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    put(server, "second", f"{CONFERENCE}\nsecond.{THUMBPRINT}\n")
    put(server, "third", f"{OTHER}\nthird.{THUMBPRINT}")
    assert seen(server, DOMAIN) == {TOKEN: PROOF}
    assert seen(server, CONFERENCE) == {"second": f"second.{THUMBPRINT}"}
    assert seen(server, OTHER) == {"third": f"third.{THUMBPRINT}"}
    assert seen(server, DOMAIN, kind="client") == {TOKEN: PROOF}
    assert seen(server, OTHER, kind="client") == {"third": f"third.{THUMBPRINT}"}
    (server.challenges / TOKEN).unlink()
    assert seen(server, DOMAIN, kind="client") == {}


def test_nothing_is_shown_before_tls(server):
    put(server, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    for kind in ("server", "client"):
        with server.host.entered(), Stranger(server.host.address, DOMAIN, kind=kind) as stranger:
            features = stranger.plain_features()
        assert "starttls" in features and "acme" not in features


def test_only_a_proof_in_a_plain_file_named_by_its_token_is_shown(server, workdir):
    secret = server.home / "secret"
    secret.write_text(f"{DOMAIN}\nlink.{THUMBPRINT}\n")
    (server.challenges / "link").symlink_to(secret)
    (server.challenges / "folder").mkdir()
    os.mkfifo(server.challenges / "pipe")
    put(server, "not a token", f"{DOMAIN}\nnot a token.{THUMBPRINT}\n")
    put(server, "dotted.name", f"{DOMAIN}\ndotted.name.{THUMBPRINT}\n")
    put(server, "oversize", f"{DOMAIN}\noversize.{THUMBPRINT}\n" + "\n" * 1024)
    put(server, "longer", f"{DOMAIN}\nlonger.{THUMBPRINT}x\n")
    put(server, "three", f"{DOMAIN}\nthree.{THUMBPRINT}\nand more\n")
    put(server, "another", f"{DOMAIN}\n{PROOF}\n")
    put(server, "markup", f"{DOMAIN}\nmarkup.<x/>{THUMBPRINT[4:]}\n")
    put(server, "alone", f"{DOMAIN}\n")
    put(server, "empty", "")
    put(server, "capitals", f"{DOMAIN.upper()}\ncapitals.{THUMBPRINT}\n")
    put(server, "x" * 129, f"{DOMAIN}\n{'x' * 129}.{THUMBPRINT}\n")
    put(server, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    assert seen(server, DOMAIN, kind="client") == {TOKEN: PROOF}


def test_more_proofs_than_the_validator_would_read_are_not_shown(server):
    for number in range(200):
        put(server, f"token{number}", f"{DOMAIN}\ntoken{number}.{THUMBPRINT}\n")
    assert len(seen(server, DOMAIN, kind="client")) == 50


def test_without_the_folder_streams_are_as_ever(server):
    server.challenges.rmdir()
    with server.host.entered(), Stranger(server.host.address, DOMAIN, kind="client") as stranger:
        features = stranger.features()
    assert "mechanisms" in features and proofs(features) == {}


# --- Prosody with s2s_secure_auth: the stranger that asks for the proof comes no further

DIALBACK = f"<db:result xmlns:db='jabber:server:dialback' from='evil.example' to='{DOMAIN}'>key</db:result>"


def test_prosody_gives_a_nameless_stranger_the_features_and_nothing_more(prosody):
    put(prosody, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    began = prosody.log.stat().st_size
    for at_once in (True, False):
        with prosody.host.entered(), Stranger(prosody.host.address, DOMAIN) as stranger:
            assert proofs(stranger.features(then=DIALBACK if at_once else "")) == {TOKEN: PROOF}
            if not at_once:
                stranger.say(DIALBACK)
            assert "not-authorized" in stranger.last_words()
    assert b"evil.example" not in prosody.log.read_bytes()[began:], "nobody looked at the dialback request"


def test_prosody_keeps_its_rule_for_who_names_himself_and_where_there_is_nothing_to_prove(prosody):
    put(prosody, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    for domain, sender in ((DOMAIN, "evil.example"), (OTHER, None)):
        with prosody.host.entered(), Stranger(prosody.host.address, domain, sender=sender) as stranger:
            answer = stranger.features()
        assert "not-authorized" in answer and proofs(answer) == {}


def test_ejabberd_shows_them_on_ports_with_direct_tls_too(ejabberd):
    put(ejabberd, TOKEN, f"{DOMAIN}\n{PROOF}\n")
    put(ejabberd, "second", f"{CONFERENCE}\nsecond.{THUMBPRINT}\n")
    for port, kind in ((5270, "server"), (5223, "client")):
        assert seen(ejabberd, DOMAIN, kind=kind, direct=port) == {TOKEN: PROOF}
    assert seen(ejabberd, CONFERENCE, direct=5270) == {"second": f"second.{THUMBPRINT}"}


def test_in_the_list_of_one_host_prosodys_module_works_for_that_host_alone(host, workdir, any_root):
    with ProsodyWithModule(host, workdir, any_root, everywhere=False) as prosody:
        prosody.start()
        put(prosody, TOKEN, f"{DOMAIN}\n{PROOF}\n")
        put(prosody, "third", f"{OTHER}\nthird.{THUMBPRINT}\n")
        assert seen(prosody, OTHER) == {"third": f"third.{THUMBPRINT}"}
        assert seen(prosody, DOMAIN, kind="client") == {}


# --- the CA sees it, and issues

class World:
    """The CA with the name server, the XMPP server, and another host to which the domain's address leads."""

    def __init__(self, network, host):
        self.host = host
        self.ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
        self.web = network.host("web", 4, resolver=self.ca_host.address)

    def zones(self):
        records = [f"@ A {self.web.address}", f"conference A {self.web.address}", f"xmpp A {self.host.address}"]
        records += [f"_xmpp-server._tcp{where} SRV 0 0 5269 xmpp" for where in ("", ".conference")]
        return [Zone(DOMAIN, records, Signing.SIGNED), Zone("ca.example", [f"@ A {self.ca_host.address}"], Signing.SIGNED)]


@pytest.fixture
def world(network, host, workdir):
    made = World(network, host)
    with NameServer(workdir / "dns", made.zones(), address=made.ca_host.address, port=53, host=made.ca_host) as nameserver:
        with PublicCa(workdir, made.ca_host, "ca.example", nameserver) as ca:
            made.ca = ca
            yield made


def check_certificate(world, server, workdir):
    """It is good, and the server shows it to other servers."""
    issued = certs.Issued(fullchain(server, DOMAIN))
    certs.check_xmpp_certificate(issued, [DOMAIN, CONFERENCE], world.ca.root_pem, workdir)
    with server.host.entered(), Stranger(server.host.address, DOMAIN) as stranger:
        stranger.features()
        assert x509.load_der_x509_certificate(stranger.certificate) == issued.leaf


def test_prosodyctl_gets_a_certificate_that_prosody_itself_proves_to_the_ca_and_shows(world, workdir):
    with ProsodyWithModule(world.host, workdir, world.ca.root_pem, settings=PROSODY_WITH_XICA) as prosody:
        give_xica(prosody, world.ca)
        prosody.start()
        prosody.ctl("mod_xica", "get", DOMAIN, CONFERENCE)
        check_certificate(world, prosody, workdir)
        assert not prosody.challenges.exists(), "what was shown is gone, and the folder that was made for it"
        assert "issued by Laboratory" in prosody.ctl("mod_xica", "status").stdout
        prosody.ctl("mod_xica", "renew")


def test_the_button_of_ejabberds_web_admin_gets_a_certificate_that_ejabberd_itself_proves_and_shows(world, workdir):
    with EjabberdWithModule(world.host, workdir, world.ca.root_pem, xica=EJABBERD_WITH_XICA) as ejabberd:
        give_xica(ejabberd, world.ca)
        ejabberd.add_user("admin", DOMAIN)
        person = WebAdmin(ejabberd, f"admin@{DOMAIN}")
        form = [("word", person.word(HOST_PAGE)), ("host", DOMAIN), ("host", CONFERENCE), ("get", "Get certificate")]
        assert "Begun" in person.request("POST", HOST_PAGE, form).text
        last = wait_until(lambda: re.search(r"<p>Last: ([^<]*)", person.request("GET", HOST_PAGE).text), 60, "the page tells how it ended")
        assert last.group(1).endswith("worked"), last.group(1)
        check_certificate(world, ejabberd, workdir)
        assert "issued by Laboratory" in ejabberd.ctl("xica_status").stdout
