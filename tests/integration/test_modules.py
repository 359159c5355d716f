"""integrations/: the module of each XMPP server shows the CA's proof in its own streams (xmpp-01), and no other.

The servers have a self-signed certificate and no web server, and the domain's address record leads to another host."""
import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from cryptography import x509

from lab import certs, xmpp_commands
from lab.ejabberd import Ejabberd
from lab.nameserver import NameServer
from lab.paths import BUILD, ROOT
from lab.process import run
from lab.prosody import Prosody
from lab.public_ca import PublicCa
from lab.stranger import Stranger, proofs
from lab.tlsserver import certificate
from lab.waiting import wait_until
from lab.zone import Signing, Zone

DOMAIN, OTHER = "capulet.im", "montague.im"
CONFERENCE = f"conference.{DOMAIN}"
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
THUMBPRINT = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
PROOF = f"{TOKEN}.{THUMBPRINT}"


PROSODY_SETTINGS = """\
plugin_paths = { "{home}/modules" }
xica_challenges = "{home}/challenges"
xica_program = "{home}/xica"
xica_server = "https://ca.example/acme/directory"
xica_renew = false
admins = { "admin@capulet.im" }
"""


class ProsodyWithModule(Prosody):
    """Prosody with integrations/prosody/mod_xica in its path, a self-signed certificate, and `xica` a program of the test's own."""

    def __init__(self, host, workdir, root_pem, *, everywhere=True, settings=""):
        other = f'VirtualHost "{OTHER}"\n' + ("" if everywhere else 'modules_enabled = { "xica" }\n')
        super().__init__(host, DOMAIN, root_pem, workdir, modules=["adhoc", "dialback", *(["xica"] if everywhere else [])],
                         settings=PROSODY_SETTINGS + settings, further=other)
        self._workdir = workdir

    def __enter__(self):
        super().__enter__()
        shutil.copytree(ROOT / "integrations" / "prosody" / "mod_xica", self.home / "modules" / "mod_xica")
        (self.home / "modules").chmod(0o755)
        pem = certificate(self._workdir, [DOMAIN, CONFERENCE, OTHER], b"", oid=None)
        for name in (DOMAIN, OTHER):
            shutil.copy(pem, self.home / "certs" / f"{name}.pem")
            run(["chown", "prosody:", self.home / "certs" / f"{name}.pem"])
        self.challenges = self.home / "challenges"
        self.challenges.mkdir()
        return self

    def start(self):
        super().start()
        self.wait_for(r"Activated service 'c2s' on")
        return self


EJABBERD_CONFIGURATION = """\
loglevel: debug
hosts: [capulet.im, montague.im]
ca_file: {root}
acme: {{ auto: false }}
certfiles: ["{home}/certs/*.pem", "{home}/certificates-of-xica/certificates/*/current/*.pem"]
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

    def __init__(self, host, workdir, root_pem, *, xica="renew: false"):
        super().__init__(host, [DOMAIN, OTHER], "", root_pem, workdir)
        self._workdir, self._xica = workdir, xica

    def configuration(self, root):
        certs_folder = self.home / "certs"
        certs_folder.mkdir()
        shutil.copy(certificate(self._workdir, [DOMAIN, CONFERENCE, OTHER], b"", oid=None), certs_folder / "own.pem")
        run(["chown", "-R", "ejabberd:", certs_folder])
        self.challenges = self.home / "challenges"
        self.challenges.mkdir()
        run([ROOT / "integrations" / "ejabberd" / "build", self.home / "ebin"])
        (self.home / "ejabberdctl.cfg").write_text(f'ERL_OPTIONS="-pa {self.home}/ebin"\n')
        return EJABBERD_CONFIGURATION.format(home=self.home, root=root, xica=self._xica.replace("{home}", str(self.home)))

    def start(self):
        return self


@pytest.fixture
def host(network):
    return network.host("server", 2, resolver=f"{network.prefix}.1")


@pytest.fixture
def any_root(workdir):
    """A root for servers that need to name one, where the test has no CA."""
    return certificate(workdir, ["root.invalid"], b"", oid=None)


@pytest.fixture
def prosody(host, workdir, any_root):
    with ProsodyWithModule(host, workdir, any_root) as server:
        server.start()
        yield server


@pytest.fixture
def ejabberd(host, workdir, any_root):
    with EjabberdWithModule(host, workdir, any_root) as server:
        yield server


@pytest.fixture(params=["prosody", "ejabberd"])
def server(request):
    return request.getfixturevalue(request.param)


def seen(server, domain, **options):
    """The proofs that a stranger sees in the encrypted stream to `domain`."""
    with server.host.entered(), Stranger(server.host.address, domain, **options) as stranger:
        return proofs(stranger.features())


# --- what is shown, and to whom

def put(server, name, text):
    (server.challenges / name).write_text(text)


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
    for at_once in (True, False):
        with prosody.host.entered(), Stranger(prosody.host.address, DOMAIN) as stranger:
            assert proofs(stranger.features(then=DIALBACK if at_once else "")) == {TOKEN: PROOF}
            if not at_once:
                stranger.say(DIALBACK)
            assert "not-authorized" in stranger.last_words()
    assert "evil.example" not in prosody.log.read_text(), "nobody looked at the dialback request"


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


# --- the consoles; `xica` is a program that writes down what it was asked for

XICA = """#!/bin/sh
printf '%s\\n' "$*" >>'{home}/asked'
ls -l /proc/$$/fd >'{home}/files'
[ -e '{home}/fail' ] && {{ echo "xica: the CA's words" >&2; exit 1; }}
exit 0
"""


@pytest.fixture
def xica(server):
    return put_xica(server)


def put_xica(server):
    """Puts it in place; returns what it was asked for so far, line by line."""
    path = server.home / "xica"
    path.write_text(XICA.format(home=server.home))
    path.chmod(0o755)
    asked = server.home / "asked"
    return lambda: asked.read_text().splitlines() if asked.exists() else []


GET = "get {names} --proof xmpp --challenges {folder} --server https://ca.example/acme/directory"
CONFIG_DIR = " --config-dir /nowhere"


def test_prosodyctl_gets_for_the_given_hosts_or_all(host, workdir, any_root):
    with ProsodyWithModule(host, workdir, any_root, settings='xica_config_dir = "/nowhere"\nxica_get_options = { "--yes" }\n') as prosody:
        asked = put_xica(prosody)
        prosody.ctl("mod_xica", "get", DOMAIN)
        prosody.ctl("mod_xica", "get")
        prosody.ctl("mod_xica", "renew")
        every = f"{DOMAIN} {CONFERENCE} {OTHER}"
        assert asked() == [*(GET.format(names=names, folder=prosody.challenges) + " --yes" + CONFIG_DIR for names in (DOMAIN, every)), "renew" + CONFIG_DIR]
        (prosody.home / "fail").touch()
        failed = prosody.ctl("mod_xica", "get", DOMAIN, check=False)
        assert failed.returncode == 1 and "the CA's words" in failed.stdout
        assert prosody.ctl("mod_xica", "put", check=False).returncode == 1


def test_ejabberdctl_gets_for_the_given_hosts_or_all(ejabberd):
    asked = put_xica(ejabberd)
    ejabberd.ctl("xica_get", DOMAIN)
    ejabberd.ctl("xica_get", "all")
    ejabberd.ctl("xica_renew")
    others = f"{OTHER} conference.{OTHER}"
    assert asked() == [*(GET.format(names=names, folder=ejabberd.challenges) for names in (DOMAIN, f"{DOMAIN} {CONFERENCE} {others}")), "renew"]
    assert ejabberd.ctl("xica_get", f"{DOMAIN},evil.example", check=False).returncode == 1
    assert ejabberd.ctl("xica_get", "--hook", check=False).returncode == 1
    assert len(asked()) == 3
    (ejabberd.home / "fail").touch()
    failed = ejabberd.ctl("xica_get", DOMAIN, check=False)
    assert failed.returncode == 1 and "the CA's words" in failed.stdout


def test_ejabberdctl_shows_the_state_of_each_host(ejabberd):
    lines = dict(line.split("\t") for line in ejabberd.ctl("xica_status").stdout.splitlines())
    assert sorted(lines) == sorted([DOMAIN, CONFERENCE, OTHER, f"conference.{OTHER}"])
    assert "until 20" in lines[DOMAIN] and "days), self-signed" in lines[DOMAIN]
    assert lines[f"conference.{OTHER}"] == "no certificate"


def test_prosodyctl_shows_the_state_of_each_host(prosody):
    lines = dict(line.split("\t") for line in prosody.ctl("mod_xica", "status").stdout.splitlines() if "\t" in line)
    assert sorted(lines) == sorted([DOMAIN, CONFERENCE, OTHER])
    for line in lines.values():
        assert "until 20" in line and "days), self-signed" in line


def test_prosody_renews_by_itself(host, workdir, any_root):
    settings = "xica_renew = true\nxica_renew_interval = 2\n"
    with ProsodyWithModule(host, workdir, any_root, settings=settings) as prosody:
        asked = put_xica(prosody)
        prosody.start()
        wait_until(lambda: len(asked()) >= 2, 20, "it was renewed twice")
        assert set(asked()) == {"renew"}


def test_ejabberd_renews_by_itself(host, workdir, any_root):
    with EjabberdWithModule(host, workdir, any_root, xica="renew_interval: 2") as ejabberd:
        asked = put_xica(ejabberd)
        wait_until(lambda: len(asked()) >= 2, 20, "it was renewed twice")
        assert set(asked()) == {"renew"}


# --- ejabberd's web admin

class WebAdmin:
    """A person at the web admin: what a browser of his would send."""

    def __init__(self, server, user):
        self._server, self._auth = server, (user, "secret")
        server.register(*user.split("@"), "secret")

    def request(self, method, path, form=()):
        with self._server.host.entered():
            return requests.request(method, f"http://{self._server.host.address}:5280/admin/{path}", data=list(form), auth=self._auth, timeout=20)

    def word(self, path):
        return re.search(r"name='word' value='([^']+)'", self.request("GET", path).text).group(1)


HOST_PAGE = f"server/{DOMAIN}/xica/"


def test_the_web_admin_shows_each_host_and_gets_a_certificate(ejabberd):
    asked = put_xica(ejabberd)
    person = WebAdmin(ejabberd, f"admin@{DOMAIN}")
    page = person.request("GET", "xica/").text
    assert all(f">{name}<" in page for name in (DOMAIN, CONFERENCE, OTHER)) and "self-signed" in page
    assert OTHER not in person.request("GET", HOST_PAGE).text
    assert "href='/admin/xica/'" in page or "xica/'" in person.request("GET", "").text
    form = [("word", person.word(HOST_PAGE)), ("host", CONFERENCE), ("host", OTHER), ("get", "Get certificate")]
    assert "Begun" in person.request("POST", HOST_PAGE, form).text
    wait_until(lambda: "worked" in person.request("GET", HOST_PAGE).text, 20, "the page tells how it ended")
    assert asked() == [GET.format(names=CONFERENCE, folder=ejabberd.challenges)], "a host's page is for that host and its components"


def test_a_foreign_page_can_not_press_the_button(ejabberd):
    asked = put_xica(ejabberd)
    person, another = WebAdmin(ejabberd, f"admin@{DOMAIN}"), WebAdmin(ejabberd, f"tybalt@{OTHER}")
    anothers = another.word(f"server/{OTHER}/xica/")
    for word in ([], [("word", "")], [("word", "x" * 44)], [("word", anothers)]):
        answer = person.request("POST", HOST_PAGE, [*word, ("host", DOMAIN), ("get", "Get certificate")])
        assert "Nothing was done" in answer.text
    person.request("GET", f"{HOST_PAGE}?word={quote(person.word(HOST_PAGE))}&host={DOMAIN}&get=1")
    assert asked() == []


def test_an_admin_of_another_host_and_nobody_have_no_page(ejabberd):
    for user in (f"tybalt@{OTHER}", f"romeo@{DOMAIN}"):
        person = WebAdmin(ejabberd, user)
        assert person.request("GET", HOST_PAGE).status_code == 401 and person.request("GET", "xica/").status_code == 401
        assert person.request("POST", HOST_PAGE, [("host", DOMAIN)]).status_code == 401


# --- commands in any client

def admin(server, user, node, *field):
    """One ad-hoc command; what lab/xmpp_commands.py prints."""
    program = [sys.executable, Path(xmpp_commands.__file__), f"{user}@{DOMAIN}", "secret", server.host.address, f"urn:xica:acme:0#{node}", *field]
    return json.loads(run(server.host.command(program), timeout=60).stdout.splitlines()[-1])


@pytest.fixture
def admins(server):
    for user in ("admin", "romeo"):
        server.register(user, DOMAIN, "secret") if not isinstance(server, Prosody) else server.register(user, "secret")


def test_an_admin_sees_the_state_of_the_hosts_in_any_client(server, admins):
    answer = admin(server, "admin", "status")
    assert answer["commands"]["urn:xica:acme:0#status"] == "Certificate status"
    assert answer["commands"]["urn:xica:acme:0#get"] == "Get a certificate"
    assert answer["status"] == "completed" and sorted(answer["fields"]) == [DOMAIN, CONFERENCE]
    assert "self-signed" in answer["fields"][DOMAIN][0]


def test_an_admin_gets_a_certificate_in_any_client_and_is_told_how_it_went(server, admins, xica):
    answer = admin(server, "admin", "get", f"hosts={CONFERENCE}")
    assert answer["options"]["hosts"] == [DOMAIN, CONFERENCE]
    assert answer["status"] == "completed" and answer["message"] == f"There is a new certificate for {CONFERENCE}."
    assert "socket" not in (server.home / "files").read_text(), "the program has none of the server's connections"
    (server.home / "fail").touch()
    answer = admin(server, "admin", "get", f"hosts={DOMAIN},{CONFERENCE}")
    assert answer["message"] == f"There is no new certificate for {DOMAIN}, {CONFERENCE}:\nxica: the CA's words\n".rstrip("\n")
    assert xica() == [GET.format(names=names, folder=server.challenges) for names in (CONFERENCE, f"{DOMAIN} {CONFERENCE}")]


def test_somebody_elses_host_can_not_be_chosen(server, admins, xica):
    answer = admin(server, "admin", "get", f"hosts={OTHER},evil.example,--hook")
    assert answer["notes"] == [["error", "Choose a host"]] and xica() == []


def test_somebody_who_is_no_admin_gets_nothing(server, admins, xica):
    for words in (["status"], ["get"], ["get", f"hosts={DOMAIN}"]):
        answer = admin(server, "romeo", *words)
        assert answer["error"] == "forbidden" and answer["fields"] == {}
        assert not any("xica" in node for node in answer["commands"])
    assert xica() == []


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


def give_xica(server, user, world):
    """The program itself, and folders that it may write to as `user`; returns where its certificate of DOMAIN will be."""
    shutil.copy(BUILD / "xica", server.home / "xica")
    (server.home / "ca.pem").write_text(world.ca.root_pem.read_text())
    (server.home / "certificates-of-xica").mkdir()
    run(["chown", f"{user}:", server.home / "certificates-of-xica", server.challenges])
    return server.home / "certificates-of-xica" / "certificates" / DOMAIN / "current" / "fullchain.pem"


def check_certificate(world, path, workdir):
    certs.check_xmpp_certificate(certs.Issued(path.read_text()), [DOMAIN, CONFERENCE], world.ca.root_pem, workdir)


def test_prosodyctl_gets_a_certificate_that_prosody_itself_proves_to_the_ca(world, workdir):
    settings = 'xica_config_dir = "{home}/certificates-of-xica"\nxica_get_options = { "--yes", "--ca-file", "{home}/ca.pem" }\n'
    with ProsodyWithModule(world.host, workdir, world.ca.root_pem, settings=settings) as prosody:
        path = give_xica(prosody, "prosody", world)
        prosody.start()
        prosody.ctl("mod_xica", "get", DOMAIN, CONFERENCE)
        check_certificate(world, path, workdir)
        assert list(prosody.challenges.iterdir()) == [], "what was shown is gone"
        prosody.ctl("mod_xica", "renew")


def test_the_button_of_ejabberds_web_admin_gets_a_certificate_that_ejabberd_itself_proves_and_shows(world, workdir):
    settings = "renew: false, config_dir: '{home}/certificates-of-xica', get_options: ['--yes', '--ca-file', '{home}/ca.pem']"
    with EjabberdWithModule(world.host, workdir, world.ca.root_pem, xica=settings) as ejabberd:
        path = give_xica(ejabberd, "ejabberd", world)
        person = WebAdmin(ejabberd, f"admin@{DOMAIN}")
        form = [("word", person.word(HOST_PAGE)), ("host", DOMAIN), ("host", CONFERENCE), ("get", "Get certificate")]
        assert "Begun" in person.request("POST", HOST_PAGE, form).text
        last = wait_until(lambda: re.search(r"<p>Last: ([^<]*)", person.request("GET", HOST_PAGE).text), 60, "the page tells how it ended")
        assert last.group(1).endswith("worked"), last.group(1)
        check_certificate(world, path, workdir)
        assert "issued by" in ejabberd.ctl("xica_status").stdout
        with world.host.entered(), Stranger(world.host.address, DOMAIN) as stranger:
            stranger.features()
            shown = x509.load_der_x509_certificate(stranger.certificate)
        assert shown == certs.Issued(path.read_text()).leaf, "ejabberd shows it at once"
