"""The Debian packages: built from a clean tree, installed on a small Debian with a systemd of its own, used, and purged."""
import contextlib
import json
import re
from pathlib import Path

import pytest

from lab import certs, netns, packages
from lab.machine import Machine
from lab.nameserver import NameServer
from lab.paths import ROOT
from lab.process import run
from lab.stranger import Stranger
from lab.waiting import wait_until
from lab.zone import Signing, Zone

DER = certs.serialization.Encoding.DER
PACKAGES = {"xicad", "xica", "xica-client", "libxica0", "libxica-dev", "prosody-mod-xica", "ejabberd-mod-xica"}
ROLES = ("front", "registrar", "validator", "signer", "mailer", "login")
PASSPHRASE = "correct horse battery staple\n"
CA = "ca.example"
DOMAINS = {name: f"{name}lab.org" for name in ("one", "two", "three", "four", "five")}  # of the host with this name

PROSODY = 'VirtualHost "{0}"\nComponent "conference.{0}" "muc"\n'
WANTED = """\
xica-client xica-client/get boolean true
xica-client xica-client/server string {server}
xica-client xica-client/agree boolean true
xica-client xica-client/email string admin@{domain}
xica-client xica-client/ca-file string /root/ca.pem
"""


@pytest.fixture(scope="module")
def folder(output):
    made = output / "packages"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def built(folder):
    return packages.build(folder)


@pytest.fixture(scope="module")
def base(built):
    made = packages.base_system()
    packages.fetch(made, [*built.values(), "ejabberd", "prosody"])
    return made


class World:
    """A network with a name server and a host for the CA, and one for each XMPP server."""

    def __init__(self, network, folder, built, base):
        self.folder, self.built, self.base = folder, built, base
        self.ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
        self.hosts = {name: network.host(name, number, resolver=self.ca_host.address) for number, name in enumerate(DOMAINS, 2)}
        self.spare = network.host("spare", 99, resolver=self.ca_host.address)
        zones = [Zone(CA, [f"@ A {self.ca_host.address}"], Signing.SIGNED)]
        zones += [Zone(domain, [f"{at} A {self.hosts[name].address}" for at in ("@", "*")], Signing.SIGNED) for name, domain in DOMAINS.items()]
        self.nameserver = NameServer(folder / "dns", zones, address=self.ca_host.address, port=53, host=self.ca_host)

    def machine(self, name):
        host = {"ca": self.ca_host, "spare": self.spare, **self.hosts}[name]
        return Machine(host, self.base, self.folder)

    def files(self, *names):
        return [self.built[name] for name in names]


@pytest.fixture(scope="module")
def world(folder, built, base):
    reason = netns.missing()
    if reason:
        pytest.fail(reason, pytrace=False)
    with netns.Network() as network:
        made = World(network, folder, built, base)
        with made.nameserver:
            yield made


def configuration(example, world):
    """The example that comes with the package, with what an operator changes in it, and the names of this laboratory."""
    text = example.replace("ca.example.net", CA)
    text = text.replace('# dns = "127.0.0.1:53"', f'dns = "{world.nameserver.endpoint}"')
    return text.replace('# trust-anchor = "/usr/share/dns/root.key"', 'trust-anchor = "/etc/xica/trust-anchor"')


@pytest.fixture(scope="module")
def ca(world):
    """A machine with xicad, brought up as README.Debian says."""
    with world.machine("ca") as machine:
        machine.first_words = machine.install(*world.files("xicad", "xica", "xica-client")).stdout
        machine.after_installation = {name: machine.property("xicad", name) for name in ("ActiveState", "Result", "ConditionResult", "UnitFileState")}
        machine.write("/root/passphrase", PASSPHRASE, 0o600)
        machine.run("xica", "ca", "init", "--dir", "/var/lib/xica/ca", "--name", "Laboratory", "--http-url", f"http://{CA}",
                    "--passphrase-file", "/root/passphrase")
        machine.write("/etc/xica/trust-anchor", world.nameserver.trust_anchor.read_text())
        machine.write("/etc/xica/xicad.conf", configuration(machine.read("/usr/share/doc/xicad/examples/xicad.conf.example"), world))
        machine.run("xicad", "-t", "-c", "/etc/xica/xicad.conf")
        machine.run("systemctl", "start", "xicad")
        machine.root_pem = world.folder / "root.pem"
        machine.root_pem.write_text(machine.run("sh", "-c", "cat /var/lib/xica/ca/certificates/root-*.pem").stdout)
        yield machine


@contextlib.contextmanager
def xmpp_machine(world, ca, name):
    """A machine for an XMPP server, on which the CA's root is at hand, and the servers' configuration already: as a tool for configuration lays it."""
    with world.machine(name) as machine:
        machine.domain = DOMAINS[name]
        machine.write("/root/ca.pem", ca.root_pem.read_text())
        machine.write("/etc/prosody/conf.d/lab.cfg.lua", PROSODY.format(machine.domain))
        yield machine


def shown(machine):
    """The certificate that the machine's XMPP server shows to other servers."""
    with machine.host.entered(), Stranger(machine.host.address, machine.domain) as stranger:
        stranger.plain_features()
        stranger.starttls()
        return stranger.certificate


def listens(machine):
    try:
        with machine.host.entered():
            Stranger(machine.host.address, machine.domain).__exit__()
        return True
    except ConnectionRefusedError:
        return False


def settings(machine):
    """What xica remembers of the machine's certificate."""
    return json.loads(machine.read(f"/etc/xica/certificates/{machine.domain}/settings.json"))


def certificate(machine):
    return certs.load_chain(machine.read(f"/etc/xica/certificates/{machine.domain}/current/cert.pem"))[0]


def leftovers(machine):
    """What is on a machine of xica's packages after they were purged: files, units, debconf's memory. Users stay, as their numbers are not to be used again."""
    found = machine.run("find", "/", "-xdev", "-maxdepth", "6", "-path", "/var/tmp", "-prune", "-o", "-path", "/var/log", "-prune", "-o",
                        "-path", "/etc/prosody/certs/.xica", "-prune", "-o", "-name", "*xica*", "-print").stdout
    known = machine.run("sh", "-c", "echo get xica-client/server | debconf-communicate; dpkg-query -W -f '${Package} ${Status}\\n' 'xica*' 'libxica*'",
                        check=False).stdout
    assert "doesn't exist" in known and "config-files" not in known, known
    inside = machine.run("sh", "-c", "ls -d /etc/xica /etc/xica/* /var/lib/xica 2>/dev/null", check=False).stdout
    return sorted(set(found.split()) | set(inside.split()))


def check_certificate(machine, ca, workdir):
    """It is a good one, for all hosts, and the server shows it."""
    issued = certs.Issued(machine.read(f"/etc/xica/certificates/{machine.domain}/current/fullchain.pem"))
    certs.check_xmpp_certificate(issued, [machine.domain, f"conference.{machine.domain}"], ca.root_pem, workdir)
    assert shown(machine) == issued.leaf.public_bytes(DER)


# --- the packages

def test_a_clean_tree_makes_all_packages_of_the_version_of_the_program(built):
    version = re.search(r"version : '([^']*)'", (ROOT / "meson.build").read_text())[1]
    assert set(built) == PACKAGES
    assert {run(["dpkg-deb", "-f", file, "Version"], quiet=True).stdout.strip() for file in built.values()} == {version}


def test_ejabberds_module_is_there_compiled_and_ejabberds_version_is_required(built, workdir):
    run(["dpkg-deb", "-x", built["ejabberd-mod-xica"], workdir])
    compiled = {path.stem for path in workdir.glob("usr/lib/*/mod_xica/ebin/*.beam")}
    assert compiled == {path.stem for path in (ROOT / "integrations" / "ejabberd").glob("*.erl")}
    depends = run(["dpkg-deb", "-f", built["ejabberd-mod-xica"], "Depends"]).stdout
    assert re.search(r"ejabberd \(>= 23\.01\), ejabberd \(<< 23\.02~\)", depends)


# --- the daemon

def test_a_fresh_daemon_waits_for_its_configuration_and_says_how_to_begin(ca):
    assert ca.after_installation == {"ActiveState": "inactive", "Result": "success", "ConditionResult": "no", "UnitFileState": "enabled"}
    assert "README.Debian says how to begin" in ca.first_words
    assert ca.exists("/usr/share/doc/xicad/README.Debian")


def test_the_roles_have_users_who_can_do_nothing_else_and_the_state_is_closed_to_others(ca):
    for role in ROLES:
        entry = ca.run("getent", "passwd", f"xica-{role}").stdout.strip().split(":")
        assert 0 < int(entry[2]) < 1000 and entry[5:] == ["/", "/usr/sbin/nologin"], entry
    assert ca.run("stat", "-c", "%a %U:%G", "/var/lib/xica").stdout == "711 root:root\n"


def test_the_service_runs_under_systemd_with_the_hardened_unit(ca):
    assert ca.property("xicad", "ActiveState") == "active" and ca.property("xicad", "NRestarts") == "0"
    main = ca.property("xicad", "MainPID")
    mounts = {line.split()[4]: line.split()[5].split(",") for line in ca.read(f"/proc/{main}/mountinfo").splitlines()}
    assert "ro" in mounts["/"] and "rw" in mounts["/var/lib/xica"], "it writes its state alone"
    children = ca.read(f"/proc/{main}/task/{main}/children").split()
    assert set(ca.run("stat", "-c", "%U", *[f"/proc/{child}" for child in children]).stdout.split()) == {f"xica-{role}" for role in ROLES}
    assert ca.run("xica", "health").stdout
    verdict = ca.run("systemd-analyze", "security", "--no-pager", "xicad.service").stdout
    assert float(re.search(r"exposure level for xicad.service: ([0-9.]+)", verdict)[1]) < 3, verdict
    assert ca.run("systemd-analyze", "verify", "--man=no", "xicad.service", "xica-renew.service", "xica-renew.timer").stdout == ""
    journal = ca.run("journalctl", "--no-pager", "-u", "xicad").stdout
    assert "is ready" in journal and "kernel lacks" not in journal, "the unit leaves the roles what they lock themselves in by"


def test_reloading_and_upgrading_leave_a_running_service(ca, world):
    before = ca.property("xicad", "MainPID")
    ca.run("systemctl", "reload", "xicad")
    assert ca.property("xicad", "MainPID") == before
    ca.run("dpkg", "-i", f"/var/tmp/{world.built['xicad'].name}")
    assert ca.property("xicad", "ActiveState") == "active" and ca.property("xicad", "MainPID") != before
    assert ca.run("xica", "health").stdout


# --- certificates while a server is installed

def test_prosody_and_the_client_installed_with_a_preseed_end_with_a_certificate(world, ca, workdir):
    with xmpp_machine(world, ca, "one") as machine:
        machine.preseed(WANTED.format(server=CA, domain=machine.domain))
        machine.install("prosody", *world.files("xica", "xica-client"))
        check_certificate(machine, ca, workdir)
        assert settings(machine)["proof"] == "http"

        assert machine.property("xica-renew.timer", "ActiveState") == "active"
        machine.run("systemctl", "start", "xica-renew.service")
        assert machine.property("xica-renew.service", "Result") == "success"
        serial = certificate(machine).serial_number
        machine.run("apt-get", "install", "--yes", "--reinstall", *[f"/var/tmp/{file.name}" for file in world.files("xica-client")])
        assert certificate(machine).serial_number == serial, "an upgrade asks for nothing"

        # Purged, without an answer to what becomes of the certificates: they stay, and so does a server that can be spoken to.
        assert "keeping the certificates" in machine.purge("xica-client", "xica").stdout
        assert shown(machine) == certificate(machine).public_bytes(DER)
        assert leftovers(machine) == ["/etc/xica", "/etc/xica/accounts", "/etc/xica/certificates"]
        machine.preseed("xica-client xica-client/purge boolean true\n")
        machine.install(*world.files("xica", "xica-client"))
        machine.preseed("xica-client xica-client/purge boolean true\n")
        machine.purge("xica-client", "xica")
        assert leftovers(machine) == []


def test_in_a_chroot_with_a_preseed_the_server_has_its_certificate_when_it_first_starts(world, ca, workdir):
    with xmpp_machine(world, ca, "five") as machine:
        machine.preseed(WANTED.format(server=CA, domain=machine.domain))
        machine.install("prosody", *world.files("xica", "xica-client"), booted=False)
        assert not listens(machine)
        assert machine.run("systemctl", "is-enabled", "xica-renew.timer").stdout == "enabled\n"
        machine.run("systemctl", "start", "prosody")
        wait_until(lambda: listens(machine), 20, "Prosody serves other servers")
        check_certificate(machine, ca, workdir)


def test_an_installation_that_is_not_answered_gets_nothing_and_says_how(world, ca, workdir):
    with xmpp_machine(world, ca, "two") as machine:
        done = machine.install("prosody", *world.files("xica", "xica-client", "prosody-mod-xica"))
        assert "xica get --server" in done.stdout
        assert not machine.exists("/etc/xica/certificates") and not machine.exists("/etc/xica/accounts")

        # A CA that isn't there: told, with the command that tries again; and the installation is none the worse.
        machine.preseed(WANTED.format(server="nowhere.example", domain=machine.domain))
        done = machine.run("dpkg-reconfigure", "-f", "noninteractive", "xica-client")
        assert "goes on with what it has" in done.stdout and "nowhere.example" in done.stdout
        again = re.search(r"^xica-client:     (/\S+ get --server nowhere\.example .*)$", done.stdout, re.M)[1]
        assert machine.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "xica-client").stdout == "installed"

        # With the module in Prosody's configuration it is Prosody that proves; any certificate will do for that.
        machine.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=self-signed", "-addext", f"subjectAltName=DNS:{machine.domain},DNS:conference.{machine.domain}",
                    "-keyout", f"/etc/prosody/certs/{machine.domain}.key", "-out", f"/etc/prosody/certs/{machine.domain}.crt")
        machine.run("chown", "prosody", f"/etc/prosody/certs/{machine.domain}.key")
        machine.run("sed", "-i", 's/^modules_enabled = {/&"xica";/', "/etc/prosody/prosody.cfg.lua")
        machine.run("systemctl", "restart", "prosody")
        wait_until(lambda: listens(machine), 20, "Prosody serves other servers")
        machine.run("sh", "-c", again.replace("nowhere.example", CA))
        check_certificate(machine, ca, workdir)
        assert settings(machine)["proof"] == "xmpp"


PARROT = {
    "DEBIAN/control": "Package: parrot\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: XMPP server\n",
    "DEBIAN/preinst": "#!/bin/sh -e\ngroupadd --system parrot\n",
    "etc/parrot/configuration": "",
    "lib/systemd/system/parrot.service": "[Service]\nExecStart=/bin/sleep infinity\n",
}


def parrot(workdir, domain):
    """The package of an XMPP server that xica doesn't know, with the two programs that docs/integrate.md gives to its author."""
    text = (ROOT / "docs" / "integrate.md").read_text().replace("example.org", domain)
    programs = dict(re.findall(r"^# /(\S+/parrot): [^\n]*\n(#!.*?)(?=\n\n|```)", text, re.M | re.S))
    assert {Path(name).parent.name for name in programs} == {"servers.d", "hooks.d"}
    for name, content in {**PARROT, **programs}.items():
        path = workdir / "parrot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
        path.chmod(0o755 if content.startswith("#!") else 0o644)
    run(["dpkg-deb", "--root-owner-group", "--build", workdir / "parrot", workdir / "parrot_1_all.deb"])
    return workdir / "parrot_1_all.deb"


def test_a_server_that_comes_later_and_one_that_xica_does_not_know_get_theirs_too(world, ca, workdir):
    with xmpp_machine(world, ca, "three") as machine:
        machine.preseed(WANTED.format(server=CA, domain=machine.domain))
        machine.install(*world.files("xica", "xica-client"))
        assert not machine.exists("/etc/xica/certificates")
        machine.write("/etc/prosody/conf.d/lab.cfg.lua", PROSODY.format(machine.domain).replace("\n", '\nmodules_enabled = { "xica" }\n', 1))
        machine.install("prosody", *world.files("prosody-mod-xica"))
        check_certificate(machine, ca, workdir)
        assert settings(machine)["proof"] == "http", "without any certificate Prosody has no TLS in which the module could show the proof"
        serial = certificate(machine).serial_number

        machine.install(parrot(workdir, f"parrot.{machine.domain}"))
        names = [f"parrot.{machine.domain}", f"conference.parrot.{machine.domain}"]
        assert machine.run("stat", "-c", "%a %G", "/etc/parrot/key.pem").stdout == "640 parrot\n"
        issued = certs.Issued(machine.read("/etc/parrot/fullchain.pem"))
        certs.check_xmpp_certificate(issued, names, ca.root_pem, workdir)
        assert certificate(machine).serial_number == serial, "who has one is left alone"
        assert machine.run("/usr/libexec/xica/certify-hosts", "list").stdout.splitlines() == [f"{machine.domain} conference.{machine.domain}", " ".join(names)]


def test_ejabberd_with_the_module_proves_its_hosts_itself_when_the_client_is_installed(world, ca, workdir):
    with xmpp_machine(world, ca, "four") as machine:
        machine.preseed(f"ejabberd ejabberd/hostname string {machine.domain}\n" + WANTED.format(server=CA, domain=machine.domain))
        machine.install("ejabberd", *world.files("xica", "ejabberd-mod-xica"))
        machine.run("sed", "-i", 's/^modules:/&\\n  mod_xica:\\n    renew: false/', "/etc/ejabberd/ejabberd.yml")
        machine.run("systemctl", "restart", "ejabberd")
        machine.install(*world.files("xica-client"))
        assert settings(machine)["proof"] == "xmpp"
        assert shown(machine) == certificate(machine).public_bytes(DER)


# --- gone again

def test_a_purged_daemon_leaves_nothing_but_a_ca_that_nobody_gave_up(world):
    with world.machine("spare") as machine:
        machine.install(*world.files("xicad", "xica"))
        machine.purge("xicad", "xica")
        assert leftovers(machine) == []

        machine.write("/root/passphrase", PASSPHRASE, 0o600)
        machine.install(*world.files("xicad", "xica"))
        machine.run("xica", "ca", "init", "--dir", "/var/lib/xica/ca", "--name", "Laboratory", "--passphrase-file", "/root/passphrase")
        machine.write("/etc/xica/xicad.conf", "url = 1 2\n")
        assert machine.run("systemctl", "start", "xicad", check=False).returncode != 0, "what is wrong is told at the start"
        assert "/etc/xica/xicad.conf:1" in machine.run("journalctl", "--no-pager", "-u", "xicad").stdout
        assert "keeping the keys" in machine.purge("xicad").stdout
        assert machine.exists("/var/lib/xica/ca/certificates") and not machine.exists("/etc/xica/xicad.conf")

        machine.install(*world.files("xicad"))
        machine.preseed("xicad xicad/purge boolean true\n")
        machine.purge("xicad", "xica")
        assert leftovers(machine) == []
