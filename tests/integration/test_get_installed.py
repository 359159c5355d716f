"""`xica get` on a machine with an XMPP server: it finds the hosts, installs where the server looks, looks whether the server shows it, and goes back where not."""
import json
import os
import pwd
import socket
import ssl
import stat
import subprocess

import pytest

from lab import certs
from lab.paths import BUILD
from lab.ports import free_port
from lab.process import Daemon, run
from lab.waiting import wait_until
from lab.xicad import Xicad
from lab.xmpp_home import as_user, server_home
from test_get import Client

_PROSODY = """\
-- VirtualHost "commented.example.org"
--[[ VirtualHost "also.example.org" ]]
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
certificates = "certs"
log = {{ {{ levels = {{ min = "debug" }}, to = "file", filename = "{home}/prosody.log" }} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "posix" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
s2s_ports = {{ {port} }}
VirtualHost "localhost"
VirtualHost "{domain}"
Include "conf.d/*.cfg.lua"
"""


class Prosody:
    """On loopback, with its certificates folder as Debian's package has it: root's, readable by the group."""

    def __init__(self, domain, keep_in):
        self.domain, self.port = domain, free_port()
        self._context = server_home("prosody", keep_in)

    def __enter__(self):
        self.home = self._context.__enter__()
        run(as_user("prosody", ["mkdir", self.home / "data"]), quiet=True)
        self.certs = self.home / "certs"
        self.certs.mkdir(mode=0o750)
        os.chown(self.certs, 0, pwd.getpwnam("prosody").pw_gid)
        (self.home / "conf.d").mkdir()
        (self.home / "conf.d" / "muc.cfg.lua").write_text(f'Component "conference.{self.domain}" "muc"\n')
        self.configuration = self.home / "prosody.cfg.lua"
        self.configuration.write_text(_PROSODY.format(home=self.home, port=self.port, domain=self.domain))
        self.old = self.certificate_of_its_own()
        self._daemon = Daemon(as_user("prosody", ["prosody", "-F", "--config", self.configuration]), self.home / "console.log")
        self._daemon.wait_for(r"Activated service 's2s' on", 20, source=self.home / "prosody.log")
        return self

    def __exit__(self, *rest):
        self._daemon.stop()
        self._context.__exit__(*rest)

    def certificate_of_its_own(self):
        stem = self.certs / self.domain
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{stem}.key", "-out", f"{stem}.crt", "-subj", "/CN=old",
             "-addext", f"subjectAltName=DNS:{self.domain}"], quiet=True)
        os.chown(f"{stem}.key", 0, pwd.getpwnam("prosody").pw_gid)
        os.chmod(f"{stem}.key", 0o640)
        return open(f"{stem}.crt").read()

    @property
    def words(self):
        return ["--server-config", self.configuration, "--check", f"127.0.0.1:{self.port}"]

    def shown(self, domain=None):
        """The certificate that it shows to other servers, as PEM."""
        domain = domain or self.domain
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain:
            plain.sendall(f"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}' version='1.0'>".encode())
            text = b""
            while b"</stream:features>" not in text:
                text += plain.recv(4096)
            plain.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            while b"<proceed" not in text:
                text += plain.recv(4096)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain, server_hostname=domain) as tls:
                return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True))


@pytest.fixture
def prosody(domain, workdir):
    with Prosody(domain, workdir) as running:
        yield running


@pytest.fixture
def client(ca, workdir, nameserver):
    return Client(ca, workdir, nameserver)


def _serial(pem):
    return certs.load_chain(pem)[0].serial_number


def test_without_names_all_hosts_of_the_server_get_one_and_it_shows_it(client, prosody, ca, domain, workdir):
    done = client.alone(*prosody.words)
    assert "\n  localhost" not in done.stdout and "commented" not in done.stdout and "shows the new certificate" in done.stdout
    issued = client.issued(domain)
    certs.check_xmpp_certificate(issued, [domain, f"conference.{domain}"], ca.root_pem, workdir)
    assert _serial(prosody.shown()) == issued.leaf.serial_number
    assert _serial(prosody.shown(f"conference.{domain}")) == issued.leaf.serial_number


def test_the_hosts_are_listed_and_nothing_is_made(client, prosody, domain):
    listed = [BUILD / "xica", "get", "--list", *prosody.words[:2]]
    assert run(listed, env=client.environment, cwd=client.home).stdout == f"{domain} conference.{domain}\n"
    answer = json.loads(run([*listed, "--json"], env=client.environment, cwd=client.home).stdout)
    assert (answer["ok"], answer["server"], answer["server_config"]) == (True, "prosody", str(prosody.configuration))
    assert answer["certificates"] == [{"name": domain, "names": [domain, f"conference.{domain}"]}]
    assert not client.config_dir.exists()
    prosody.configuration.write_text('VirtualHost "localhost"\n')
    assert run(listed, env=client.environment, cwd=client.home, check=False).returncode == 1


def test_the_servers_key_is_for_its_group_alone(client, prosody, domain):
    client.alone(*prosody.words)
    key = (prosody.certs / f"{domain}.key").stat()
    assert (key.st_uid, key.st_gid, stat.S_IMODE(key.st_mode)) == (0, pwd.getpwnam("prosody").pw_gid, 0o640)


def test_what_is_renewed_is_installed_in_one_step_for_both_files(client, prosody, domain):
    client.alone(*prosody.words)
    links = {name: os.readlink(prosody.certs / f"{domain}.{name}") for name in ("crt", "key")}
    client.run("renew", "--force")
    assert {name: os.readlink(prosody.certs / f"{domain}.{name}") for name in ("crt", "key")} == links
    assert _serial(prosody.shown()) == client.serial(domain)


def test_a_certificate_that_the_server_does_not_come_up_with_is_taken_back(client, prosody, domain):
    done = client.alone(*prosody.words, "--reload", "/bin/true", check=False)
    assert done.returncode == 1 and "does not show the new certificate" in done.stdout and "again what it had before" in done.stdout
    assert (prosody.certs / f"{domain}.crt").read_text() == prosody.old
    assert not (prosody.certs / f"{domain}.crt").is_symlink()
    assert not (client.folder(domain) / "current").exists()
    assert _serial(prosody.shown()) == _serial(prosody.old)


def test_what_was_issued_and_taken_back_is_tried_again_before_another_is_asked_for(client, prosody, domain):
    client.alone(*prosody.words, "--reload", "/bin/false", check=False)
    first = certs.load_chain((client.folder(domain) / "1" / "fullchain.pem").read_text())[0].serial_number
    done = client.alone(*prosody.words)
    assert "not installed yet" in done.stdout
    assert client.serial(domain) == first == _serial(prosody.shown())


def test_a_renewal_that_the_server_does_not_take_leaves_the_one_that_it_has(client, prosody, domain):
    client.alone(*prosody.words)
    before = client.serial(domain)
    settings = json.loads((client.folder(domain) / "settings.json").read_text())
    (client.folder(domain) / "settings.json").write_text(json.dumps({**settings, "reload": "/bin/false"}))
    assert client.run("renew", "--force", check=False).returncode == 1
    assert client.serial(domain) == before == _serial(prosody.shown())
    assert _serial((prosody.certs / f"{domain}.crt").read_text()) == before


def test_names_that_the_server_does_not_serve_are_not_installed(client, domain):
    done = client.alone(domain)
    assert "installed for" not in done.stdout


def test_a_person_is_asked_or_says_yes_for_all_hosts(client, ca, prosody):
    done = client.run("get", *prosody.words, "--server", ca.directory_url, "--ca-file", ca.root_pem, check=False)
    assert done.returncode == 1 and "--yes" in done.stdout
    assert not list((client.config_dir / "accounts").iterdir())


def test_json_says_that_it_is_installed_and_was_seen(client, ca, prosody, domain):
    answer = client.json("get", *prosody.words, "--server", ca.directory_url, "--ca-file", ca.root_pem, "--yes", "--http-port", ca.http01_port)
    (one,) = answer["certificates"]
    assert (one["name"], one["installed"], one["checked"]) == (domain, True, True)


# --- a server that takes a file and does nothing else proves by what it shows (xmpp-tls-01)

@pytest.fixture
def seeing_ca(workdir, prosody, nameserver):
    """A CA that looks for XMPP servers where this one is."""
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--xmpp-port", prosody.port]) as running:
        yield running


@pytest.fixture
def other_port(workdir, nameserver):
    """A CA that looks elsewhere, where somebody accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = ["--xmpp-port", silent.getsockname()[1]]
        with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=options) as running:
            running.silent = silent
            yield running


def _as_before(prosody, domain):
    assert _serial(prosody.shown()) == _serial(prosody.old)
    assert (prosody.certs / f"{domain}.crt").read_text() == prosody.old and not (prosody.certs / f"{domain}.crt").is_symlink()
    assert not (prosody.certs / ".xica" / f"{domain}.proof").exists()


def test_a_server_proves_by_the_certificate_that_it_shows(seeing_ca, prosody, domain, workdir):
    client = Client(seeing_ca, workdir)
    done = client.get(*prosody.words, "--proof", "xmpp-tls")
    names = [domain, f"conference.{domain}"]
    assert all(f"{name}: proven by xmpp-tls-01" in done.stdout for name in names)
    certs.check_xmpp_certificate(client.issued(domain), names, seeing_ca.root_pem, workdir)
    assert _serial(prosody.shown()) == client.serial(domain)
    assert not (prosody.certs / ".xica" / f"{domain}.proof").exists()


def test_a_dry_run_by_the_servers_certificate_leaves_it_its_own(seeing_ca, prosody, domain, workdir):
    Client(seeing_ca, workdir).get(*prosody.words, "--proof", "xmpp-tls", "--dry-run")
    _as_before(prosody, domain)


def test_a_proof_that_fails_gives_the_server_its_own_certificate_back(other_port, prosody, domain, workdir):
    other_port.silent.close()
    done = Client(other_port, workdir).get(domain, *prosody.words, "--proof", "xmpp-tls", check=False)
    assert done.returncode == 1 and "is not proven" in done.stdout
    _as_before(prosody, domain)


def test_who_is_killed_amidst_a_proof_leaves_the_server_its_own_certificate_too(other_port, prosody, domain, workdir):
    argv = [BUILD / "xica", "get", domain, "--config-dir", workdir / "xica", "--server", other_port.directory_url, "--ca-file", other_port.root_pem, "--yes",
            "--proof", "xmpp-tls", *prosody.words]
    with open(workdir / "killed.log", "w") as log:
        process = subprocess.Popen([str(word) for word in argv], stdout=log, stderr=log)
    wait_until(lambda: _serial(prosody.shown()) != _serial(prosody.old), 20, "the certificate of the proof is shown", 0.1)
    process.kill()
    process.wait(10)
    wait_until(lambda: _serial(prosody.shown()) == _serial(prosody.old), 20, "its own is shown again", 0.1)
    wait_until(lambda: not (prosody.certs / ".xica" / f"{domain}.proof").exists(), 10, "nothing is left of the proof")
    _as_before(prosody, domain)


def test_without_a_server_that_serves_the_name_there_is_no_such_proof(client, domain):
    done = client.get(domain, "--proof", "xmpp-tls", check=False)
    assert done.returncode == 1 and "--server-config" in done.stdout


# --- servers by their files alone

def _yaml(folder, domain, certfiles):
    (folder / "ejabberd.yml").write_text(
        f'hosts:\n  - localhost\n  - "{domain}"\ncertfiles:\n' + "".join(f'  - "{file}"\n' for file in certfiles) +
        'modules:\n  mod_muc:\n    host: "rooms.@HOST@"\n  mod_http_upload: {}\n  mod_roster: {}\n')
    return folder / "ejabberd.yml"


def test_ejabberd_gets_one_file_where_a_pattern_of_certfiles_looks(client, domain, workdir):
    (workdir / "certs").mkdir()
    configuration = _yaml(workdir, domain, [workdir / "certs" / "*.pem"])
    client.alone("--server-config", configuration, "--check", f"127.0.0.1:{free_port()}", "--reload", "/bin/true")
    issued = client.issued(domain)
    assert sorted(certs.dns_names(issued.leaf)) == sorted([domain, f"rooms.{domain}", f"upload.{domain}"])
    assert (workdir / "certs" / f"{domain}.pem").read_text() == issued.key.read_text() + issued.chain_pem


def test_ejabberd_may_read_the_lineages_own_files(client, domain, workdir):
    configuration = _yaml(workdir, domain, [client.config_dir / "certificates" / "*" / "current" / "*.pem"])
    reload = workdir / "reload"
    reload.write_text(f"#!/bin/sh\nreadlink {client.folder(domain)}/current >>{workdir}/reloaded\n")
    reload.chmod(0o755)
    client.alone("--server-config", configuration, "--check", f"127.0.0.1:{free_port()}", "--reload", reload)
    client.run("renew", "--force")
    assert (workdir / "reloaded").read_text() == "1\n2\n"


def test_ejabberds_certificate_of_the_first_day_is_replaced_and_no_other(client, domain, workdir):
    own = workdir / "ejabberd.pem"
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", own, "-out", workdir / "crt", "-subj", "/CN=ejabberd"], quiet=True)
    own.write_text(own.read_text() + (workdir / "crt").read_text())
    words = ["--server-config", _yaml(workdir, domain, [own]), "--check", f"127.0.0.1:{free_port()}", "--reload", "/bin/true"]
    client.alone(*words)
    assert certs.dns_names(certs.load_chain(own.read_text())[0])[0] == domain
    other = Client(client.ca, workdir / "other")
    other.home.mkdir()
    done = other.alone(f"elsewhere.{domain}", *words, check=False)
    assert done.returncode == 1 and "certfiles" in done.stdout
    assert certs.dns_names(certs.load_chain(own.read_text())[0])[0] == domain


def test_jabberd2_gets_the_pemfile_of_its_host(client, domain, workdir):
    configuration = workdir / "c2s.xml"
    configuration.write_text(f"<c2s><!-- <id>no.example</id> --><local><id register-enable='true' pemfile='{workdir}/own.pem'>{domain}</id></local></c2s>")
    client.alone("--server-config", configuration, "--check", f"127.0.0.1:{free_port()}", "--reload", "/bin/true")
    issued = client.issued(domain)
    assert (workdir / "own.pem").read_text() == issued.key.read_text() + issued.chain_pem


def test_mongooseim_gets_its_two_files(client, domain, workdir):
    configuration = workdir / "mongooseim.toml"
    configuration.write_text(f'[general]\n  hosts = [\n  "{domain}", # ours\n  "localhost"]\n[s2s]\n  certfile = "ssl.crt"\n  keyfile = "ssl.key"\n')
    client.alone("--server-config", configuration, "--check", f"127.0.0.1:{free_port()}", "--reload", "/bin/true")
    issued = client.issued(domain)
    assert (workdir / "ssl.crt").read_text() == issued.chain_pem and (workdir / "ssl.key").read_text() == issued.key.read_text()
