"""`xica get` and `xica renew`: from a name to a certificate in its place, by each proof; and what they leave alone where something fails."""
import fcntl
import json
import os
import shlex
import socket
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import certs
from lab.clients.base import HOOKS
from lab.paths import BUILD
from lab.ports import free_port
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01, WebServer
from lab.xicad import Xicad


class Client:
    """`xica` with a folder of its own, for one CA."""

    def __init__(self, ca, home, nameserver=None):
        self.ca, self.home, self.config_dir = ca, home, home / "xica"
        self.environment = {"HOME": home}
        if nameserver:
            self.environment.update(LAB_DNS_ADDRESS=nameserver.address, LAB_DNS_PORT=nameserver.port, LAB_DNS_KEY=nameserver.key_file)

    def run(self, *words, check=True):
        return run([BUILD / "xica", words[0], "--config-dir", self.config_dir, *words[1:]], env=self.environment, cwd=self.home, check=check)

    def get(self, *words, check=True):
        return self.run("get", *words, "--server", self.ca.directory_url, "--ca-file", self.ca.root_pem, "--yes", check=check)

    def alone(self, *words, check=True):
        """By an own web server."""
        return self.get(*words, "--http-port", self.ca.http01_port, check=check)

    def json(self, *words, check=True):
        argv = [BUILD / "xica", *words, "--config-dir", self.config_dir, "--json"]
        done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, cwd=self.home, timeout=60)
        assert (done.returncode == 0) is check, done.stderr
        return json.loads(done.stdout)

    def folder(self, name):
        return self.config_dir / "certificates" / name

    def issued(self, name):
        current = self.folder(name) / "current"
        return certs.Issued((current / "fullchain.pem").read_text(), current / "key.pem")

    def serial(self, name):
        return self.issued(name).leaf.serial_number


@pytest.fixture
def client(ca, workdir, nameserver):
    return Client(ca, workdir, nameserver)


@pytest.fixture
def dns_hook(workdir):
    """A hook as docs/integrate.md has it: set|clear NAME VALUE; what it was called with stands in hook.log."""
    hook = workdir / "hook"
    hook.write_text(f'#!/bin/sh\nset -eu\necho "$*" >>{workdir}/hook.log\n[ "$1" = set ] && verb=add || verb=delete\nexec {HOOKS}/txt $verb "$2" "$3"\n')
    hook.chmod(0o755)
    return hook


def _matches_key(issued):
    return run(["openssl", "pkey", "-in", issued.key, "-pubout"], quiet=True).stdout.encode() == issued.leaf.public_key().public_bytes(
        certs.serialization.Encoding.PEM, certs.serialization.PublicFormat.SubjectPublicKeyInfo)


# --- proofs

def test_an_own_web_server_proves_several_names(client, ca, domain, workdir):
    names = [domain, f"conference.{domain}"]
    client.alone(*names)
    issued = client.issued(domain)
    certs.check_xmpp_certificate(issued, names, ca.root_pem, workdir)
    assert _matches_key(issued)


def test_a_web_root_proves_and_is_clean_afterwards(client, ca, domain, workdir):
    root = workdir / "www"
    root.mkdir()

    def answer(_, path):
        file = root / path.lstrip("/")
        return (200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"")

    with WebServer(ca.http01_port, answer) as server:
        client.get(domain, "--webroot", root)
        assert server.seen
    certs.check_xmpp_certificate(client.issued(domain), [domain], ca.root_pem, workdir)
    assert not list((root / ".well-known" / "acme-challenge").iterdir())


def test_a_hook_proves_a_wildcard_by_dns_and_is_told_to_clear(client, ca, domain, workdir, dns_hook):
    client.get(domain, f"*.{domain}", "--hook", dns_hook)
    certs.check_xmpp_certificate(client.issued(domain), [domain, f"*.{domain}"], ca.root_pem, workdir)
    calls = [line.split() for line in (workdir / "hook.log").read_text().splitlines()]
    assert [call[0] for call in calls] == ["set", "set", "clear", "clear"]
    assert {call[1] for call in calls} == {f"_acme-challenge.{domain}"}
    assert {call[2] for call in calls[:2]} == {call[2] for call in calls[2:]}


def test_an_own_server_proves_several_names_by_tls_alone(client, ca, domain, workdir):
    names = [domain, f"conference.{domain}"]
    done = client.get(*names, "--proof", "tls", "--tls-port", ca.tlsalpn01_port)
    assert "proven by tls-alpn-01" in done.stdout
    certs.check_xmpp_certificate(client.issued(domain), names, ca.root_pem, workdir)
    client.run("renew", "--force")


def test_a_port_for_tls_that_is_taken_is_said_with_what_to_do(client, ca, domain):
    with socket.create_server(("127.0.0.1", ca.tlsalpn01_port)):
        done = client.get(domain, "--proof", "tls", "--tls-port", ca.tlsalpn01_port, check=False)
    assert done.returncode == 1 and f"port {ca.tlsalpn01_port} can't be listened on" in done.stdout and "--webroot" in done.stdout


@pytest.mark.parametrize("proof", ["http", "tls"])
def test_the_service_alone_is_not_proven_by_what_stands_on_the_domains_address(client, domain, proof):
    done = client.get(domain, "--delegated", "--proof", proof, check=False)
    assert done.returncode == 1 and "--proof xmpp" in done.stdout


def test_a_hosting_company_gets_the_service_alone(client, domain, dns_hook):
    client.get(domain, "--delegated", "--hook", dns_hook)
    leaf = client.issued(f"_xmpp-server.{domain}").leaf
    assert certs.srv_names(leaf) == [f"_xmpp-server.{domain}"] and certs.dns_names(leaf) == []


def test_the_proof_for_a_servers_module_is_a_file_with_domain_and_key_authorization(client, nameserver, domain, workdir):
    folder = workdir / "challenges"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", free_port())) as silent, ThreadPoolExecutor() as pool:
        silent.settimeout(30)
        nameserver.add(f"_xmpp-server._tcp.{domain}", "SRV", f"0 0 {silent.getsockname()[1]} server-of-{domain}.")
        getting = pool.submit(client.get, domain, "--challenges", folder, check=False)
        validator, _ = silent.accept()  # and as long as nobody says a word to it, the proof stands there
        (proof,) = folder.iterdir()
        first, second = proof.read_text().splitlines()
        validator.close()
        done = getting.result(60)
    assert first == domain and second.startswith(proof.name + ".")
    assert done.returncode == 1 and "module" in done.stdout
    assert not list(folder.iterdir())


def test_an_rsa_key_is_made_where_one_is_wanted(client, domain):
    client.alone(domain, "--key", "rsa")
    assert client.issued(domain).leaf.public_key().key_size == 3072


# --- files

def test_keys_are_their_owners_alone(client, domain):
    client.alone(domain)
    keys = list(client.config_dir.rglob("key.pem"))
    assert len(keys) == 2, "of the account and of the certificate"
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)


def test_the_last_three_are_kept(client, domain):
    client.alone(domain)
    for _ in range(3):
        client.run("renew", "--force")
    assert sorted(path.name for path in client.folder(domain).iterdir()) == ["2", "3", "4", "current", "settings.json"]
    assert os.readlink(client.folder(domain) / "current") == "4"


# --- the account

@pytest.fixture(scope="module")
def closed_ca(output, nameserver):
    """A CA that opens accounts to those alone who have a key of it."""
    with Xicad(output / "get-closed-ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--eab-required"]) as running:
        yield running


def test_a_ca_that_wants_an_external_account_key_gets_it(closed_ca, workdir):
    client = Client(closed_ca, workdir)
    without = client.alone("eab.xmpp.example", check=False)
    assert without.returncode == 1 and "--eab-kid" in without.stdout
    key = json.loads(closed_ca.cli("account", "eab", "create", "--json").stdout)
    client.alone("eab.xmpp.example", "--eab-kid", key["kid"], "--eab-key", key["hmac_key"])
    client.alone("more.xmpp.example")
    assert certs.dns_names(client.issued("more.xmpp.example").leaf) == ["more.xmpp.example"]


def test_terms_of_service_are_agreed_with_by_a_person(client, ca, domain):
    done = client.run("get", domain, "--server", ca.directory_url, "--ca-file", ca.root_pem, check=False)
    assert done.returncode == 1 and f"{ca.directory_url.removesuffix('/acme/directory')}/terms" in done.stdout


@pytest.mark.parametrize("answer, code", [("y", 0), ("n", 1)])
def test_on_a_terminal_they_are_asked_about(client, ca, domain, answer, code):
    words = ["get", domain, "--server", ca.directory_url, "--ca-file", ca.root_pem, "--http-port", ca.http01_port, "--config-dir", client.config_dir]
    done = run(["script", "-qec", shlex.join(str(word) for word in (BUILD / "xica", *words)), "/dev/null"], stdin=answer + "\n", check=False)
    assert done.returncode == code and "/terms" in done.stdout and "[Y/n]" in done.stdout
    assert (client.folder(domain) / "current").exists() is (code == 0)


def test_one_account_serves_all_certificates_of_a_ca_which_is_remembered(client, domain):
    client.alone(domain)
    client.run("get", f"second.{domain}", "--http-port", client.ca.http01_port)
    accounts = list((client.config_dir / "accounts").iterdir())
    assert len(accounts) == 1
    assert certs.dns_names(client.issued(f"second.{domain}").leaf) == [f"second.{domain}"]


# --- renewing

def test_what_is_not_due_is_kept(client, domain):
    client.alone(domain)
    before = client.serial(domain)
    assert "not due" in client.run("renew").stdout
    assert "not due" in client.alone(domain).stdout
    assert client.serial(domain) == before


def test_what_is_due_is_renewed_as_it_was_got_and_hooks_run(client, ca, domain, workdir):
    client.alone(domain)
    hook = client.config_dir / "hooks.d" / "tell"
    hook.write_text(f'#!/bin/sh\necho "$XICA_NAME|$XICA_NAMES|$XICA_FOLDER" >{workdir}/told\n')
    hook.chmod(0o755)
    before = client.serial(domain)
    client.run("renew", "--force")
    assert client.serial(domain) != before
    assert (workdir / "told").read_text() == f"{domain}|{domain}|{client.folder(domain)}/current\n"
    certs.check_xmpp_certificate(client.issued(domain), [domain], ca.root_pem, workdir)


def test_a_renewal_that_fails_leaves_the_certificate_that_there_is(client, domain, ca):
    client.alone(domain)
    before = client.serial(domain)
    settings = json.loads((client.folder(domain) / "settings.json").read_text())
    settings["names"] = [f"unproven.{domain}"]
    settings["http_port"] = free_port()
    (client.folder(domain) / "settings.json").write_text(json.dumps(settings))
    done = client.run("renew", check=False)
    assert done.returncode == 1
    assert client.serial(domain) == before
    assert _matches_key(client.issued(domain))


def test_other_names_for_the_same_lineage_make_a_new_certificate(client, domain):
    client.alone(domain)
    client.alone(domain, f"conference.{domain}")
    assert sorted(certs.dns_names(client.issued(domain).leaf)) == sorted([domain, f"conference.{domain}"])


def test_a_dry_run_proves_and_changes_nothing(client, domain):
    done = client.alone(domain, "--dry-run")
    assert "proven" in done.stdout and not client.folder(domain).exists()

# --- renewal by itself

_SYSTEMD = """#!/bin/sh
echo "$*" >>{log}
case "$1" in is-enabled|is-active) [ -e {state} ] ;; enable) touch {state} ;; esac
"""


@pytest.fixture
def systemd(workdir):
    """A machine with systemd, whose /etc/xica is empty: in a mount namespace of its own. Returns what runs a command there, and what systemctl was asked."""
    programs, log, state = workdir / "bin", workdir / "systemctl.log", workdir / "enabled"
    programs.mkdir()
    (programs / "systemctl").write_text(_SYSTEMD.format(log=log, state=state))
    (programs / "systemctl").chmod(0o755)
    (workdir / "etc").mkdir()
    made = not os.path.exists("/etc/xica")
    if made:
        os.mkdir("/etc/xica")
    script = f"mount --bind {workdir}/etc /etc/xica && mount -t tmpfs none /run && mkdir -p /run/systemd/system && PATH={programs}:$PATH exec \"$@\""
    yield lambda *words: run(["unshare", "-m", "sh", "-c", script, "sh", *words], check=False), lambda: log.read_text().splitlines() if log.exists() else []
    if made:
        os.rmdir("/etc/xica")


def _plain_get(ca, domain, *words):
    return [BUILD / "xica", "get", domain, "--server", ca.directory_url, "--ca-file", ca.root_pem, "--yes", "--http-port", ca.http01_port, *words]


def test_renewal_by_systemd_is_switched_on_with_the_first_certificate(ca, domain, systemd):
    command, asked = systemd
    first = command(*_plain_get(ca, domain))
    assert first.returncode == 0 and "xica-renew.timer renews what is due from now on" in first.stdout
    assert "enable --quiet xica-renew.timer --now" in asked()
    second = command(*_plain_get(ca, f"second.{domain}"))
    assert second.returncode == 0 and "renews what is due from now on" not in second.stdout
    assert len([line for line in asked() if line.startswith("enable")]) == 1


def test_who_does_not_want_the_timer_gets_none(ca, domain, systemd):
    command, asked = systemd
    assert command(*_plain_get(ca, domain, "--no-timer")).returncode == 0 and asked() == []


def test_a_folder_of_ones_own_is_renewed_by_whoever_chose_it(client, domain):
    assert f"'xica renew --config-dir {client.config_dir}' run once a day" in client.alone(domain).stdout


# --- what goes wrong

def test_a_wrong_proof_gives_the_cas_own_words(client, ca, domain, workdir):
    root = workdir / "www"
    root.mkdir()
    with Http01(ca.http01_port):
        done = client.get(domain, "--webroot", root, check=False)
    assert done.returncode == 1
    assert domain in done.stdout and "404" in done.stdout and "(unauthorized)" in done.stdout and "port 80" in done.stdout


def test_a_ca_that_is_not_trusted_is_not_talked_to(client, ca, domain):
    done = client.run("get", domain, "--server", ca.directory_url, "--yes", check=False)
    assert done.returncode == 1 and "--ca-file" in done.stdout
    assert not list((client.config_dir / "accounts").iterdir())


def test_a_name_that_there_is_no_certificate_for_is_not_renewed(client, domain):
    done = client.run("renew", domain, check=False)
    assert done.returncode == 1 and "there is no certificate of this name" in done.stdout


def test_the_folder_for_proofs_is_gone_again_where_nobody_had_made_it(client, domain, workdir):
    client.get(domain, "--challenges", workdir / "new", check=False)
    assert not (workdir / "new").exists()
    (workdir / "old").mkdir()
    client.get(domain, "--challenges", workdir / "old", check=False)
    assert list((workdir / "old").iterdir()) == []


def test_a_url_that_is_no_directory_is_named(client, ca, domain):
    done = client.run("get", domain, "--server", ca.directory_url.replace("directory", "nothing"), "--ca-file", ca.root_pem, "--yes", check=False)
    assert done.returncode == 1 and "is no ACME directory" in done.stdout


def test_a_profile_that_the_ca_lacks_is_answered_with_those_that_it_has(client, domain):
    done = client.alone(domain, "--profile", "nonsense", check=False)
    assert done.returncode == 1 and "serverauth" in done.stdout and "delegated" in done.stdout


def test_a_port_that_is_taken_is_said_with_what_to_do(client, ca, domain, http01):
    done = client.alone(domain, check=False)
    assert done.returncode == 1 and "--webroot" in done.stdout


@pytest.mark.parametrize("name", ["exa mple.org", "../escape", "-x.example.org", "192.0.2.1", "a..b", ""])
def test_what_is_no_domain_is_refused_before_the_ca_is_asked(client, ca, name):
    done = client.run("get", "--server", ca.directory_url, "--ca-file", ca.root_pem, "--yes", "--", name, check=False)
    assert done.returncode == 1, done.stdout
    assert not list((client.config_dir / "certificates").iterdir())


def test_who_is_interrupted_takes_the_proofs_away_first(client, ca, domain, workdir):
    hook = workdir / "hook"
    hook.write_text(f'#!/bin/sh\necho "$*" >>{workdir}/hook.log\nwhile [ "$1" = set ] && [ ! -e {workdir}/go ]; do sleep 0.05; done\n')
    hook.chmod(0o755)
    log = workdir / "hook.log"
    process = subprocess.Popen([str(word) for word in (BUILD / "xica", "get", domain, "--config-dir", client.config_dir, "--server", ca.directory_url,
                                                       "--ca-file", ca.root_pem, "--yes", "--hook", hook)])
    wait_until(lambda: log.exists() and "set" in log.read_text(), 20, "the hook runs")
    process.terminate()
    (workdir / "go").touch()
    assert process.wait(20) != 0
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["set", "clear"]


def test_two_at_once_do_not_get_in_each_others_way(client, domain):
    client.config_dir.mkdir()
    with open(client.config_dir / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = client.alone(domain, check=False)
    assert done.returncode == 1 and "wait until it is done" in done.stdout


@pytest.mark.parametrize("words", [["--http-port", "0"], ["--http-port", "80x"], ["--tls-port", "65536"], ["--key", "dsa"], ["--proof", "luck"], ["--eab-kid", "k"], ["--hook", "/nowhere"],
                                   ["--nonsense"], ["--server"]], ids=" ".join)
def test_a_command_line_that_makes_no_sense_is_not_understood(client, words):
    done = client.run("get", "example.org", *words, check=False)
    assert done.returncode == 2 and "xica get --help" in done.stdout
    assert not client.config_dir.exists()


# --- for scripts

def test_json_says_where_everything_is(client, ca, domain):
    words = ["get", domain, "--server", ca.directory_url, "--ca-file", ca.root_pem, "--yes", "--http-port", ca.http01_port]
    answer = client.json(*words)
    (one,) = answer["certificates"]
    assert answer["ok"] is True
    assert (one["name"], one["names"], one["status"], one["proof"]) == (domain, [domain], "issued", "http")
    assert one["fullchain"] == str(client.folder(domain) / "current" / "fullchain.pem")
    assert int(one["serial"], 16) == client.serial(domain)
    assert client.json(*words)["certificates"][0]["status"] == "kept"


def test_json_has_the_cas_problem_document(client, ca, domain, workdir):
    root = workdir / "www"
    root.mkdir()
    with Http01(ca.http01_port):
        answer = client.json("get", domain, "--server", ca.directory_url, "--ca-file", ca.root_pem, "--yes", "--webroot", root, check=False)
    (one,) = answer["certificates"]
    assert answer["ok"] is False and one["status"] == "failed"
    assert one["problem"]["type"] == "urn:ietf:params:acme:error:unauthorized" and one["problem"]["detail"] in one["error"]
