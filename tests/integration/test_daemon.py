"""What the parent promises: one xicad a folder, a site certificate of its own, reloads that cost nobody an answer, and an end in order."""
import os
import re
import shutil
import signal
import socket
import ssl
import threading
import time

import pytest
import requests
from cryptography import x509

from lab.paths import BUILD
from lab.process import Daemon, run
from lab.roles import ROLES
from lab.waiting import wait_until
from lab.xicad import Xicad


@pytest.fixture
def own(workdir):
    """A CA that the test may stop, reload and start as it likes."""
    ca = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    yield ca
    ca.stop()


def _served(ca, trust=None):
    """The certificate that the site shows to somebody who trusts `trust` (PEM text; the CA's root by default)."""
    context = ssl.create_default_context(cadata=trust or ca.root_pem.read_text())
    with socket.create_connection(("127.0.0.1", ca.https_port), 5) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))


def _reload(ca):
    start = ca.log.stat().st_size
    ca.daemon.process.send_signal(signal.SIGHUP)
    ca.daemon.wait_for(r"role=xicad .*msg=reloaded$", 15, start=start)


def test_the_site_has_a_certificate_of_this_ca_and_keeps_it_over_a_restart(own):
    with own.start():
        first = _served(own)
        assert [name.value for name in first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value] == ["localhost"]
    with own.start():
        assert _served(own) == first


@pytest.mark.parametrize("damage", ["site/cert.pem", "site/key.pem", "site"])
def test_a_site_certificate_that_is_lost_or_does_not_fit_is_replaced(own, damage):
    with own.start():
        first = _served(own)
    path = own.directory / damage
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with own.start():
        assert _served(own) != first


def test_the_ready_line_comes_once_and_alone_on_standard_output(own):
    with own.start():
        _reload(own)
        out = own.directory.with_name(own.directory.name + ".stdout").read_text()
    assert out == f"xicad: ready https://localhost:{own.https_port}/acme/directory\n"


def test_what_to_do_next_is_told_to_a_person(own):
    with own.start():
        wait_until(lambda: "certbot certonly" in own.log.read_text(), 5, "the hint")
        told = own.log.read_text()
    assert f"https://localhost:{own.https_port}/\n" in told and str(own.root_pem) in told
    assert f"--http-01-port {own.http01_port}" in told


def test_processes_bear_their_roles_as_titles(own):
    with own.start():
        titles = set()
        for role in ROLES:
            for pid in own.role_pids(role):
                with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                    titles.add(cmdline.read().rstrip(b"\0").decode())
    assert {"xicad: signer", "xicad: registrar", "xicad: validator", "xicad: mailer", "xicad: login", "xicad: front 0"} <= titles


def test_a_second_xicad_in_the_same_folder_is_refused_and_the_first_goes_on(own):
    with own.start():
        done = run(own.argv, check=False)
        assert done.returncode == 1 and "another xicad" in done.stdout
        assert _served(own)


def test_a_port_that_somebody_listens_on_is_told(own):
    with socket.create_server(("127.0.0.1", own.https_port)):
        done = run(own.argv, check=False)
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{own.https_port}" in done.stdout


def test_a_state_folder_with_a_long_path_works(workdir):
    deep = workdir / ("d" * 100) / ("e" * 60)
    deep.mkdir(parents=True)
    with Xicad(deep / "ca", resolve_all="127.0.0.1") as ca:
        assert _served(ca)


class _Visitors:
    """Threads that fetch the directory, each time by a fresh connection, until they are told to stop."""

    def __init__(self, ca, count=3):
        self._url, self._verify = ca.directory_url, str(ca.root_pem)
        self._end = threading.Event()
        self.answers, self.errors = 0, []
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(count)]

    def _visit(self):
        while not self._end.is_set():
            try:
                answer = requests.get(self._url, verify=self._verify, timeout=10, headers={"Connection": "close"})
                assert answer.status_code == 200, answer.text
                self.answers += 1
            except Exception as error:
                self.errors.append(error)
            time.sleep(0.01)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join(15)


def test_a_reload_restarts_every_role_and_costs_no_visitor_an_answer(own):
    with own.start():
        with _Visitors(own) as visitors:
            for _ in range(2):
                before = {role: own.role_pids(role) for role in ROLES}
                _reload(own)
                assert all(not set(before[role]) & set(own.role_pids(role)) for role in ROLES)
        assert visitors.errors == [] and visitors.answers > 20


def test_a_reload_takes_up_a_new_issuer_and_the_site_changes_its_certificate(own):
    with own.start():
        first = _served(own)
        run([BUILD / "xica", "ca", "init", "--dir", own.directory / "ca", "--new-intermediate"])
        _reload(own)
        wait_until(lambda: _served(own).issuer != first.issuer, 10, "the site's certificate is of the new issuer", 0.2)


def test_a_role_that_can_not_start_ends_the_start_with_its_reason(own):
    with own.start():
        pass
    (own.directory / "db" / "xica.db").write_bytes(b"no database at all" * 100)
    done = run(own.argv, check=False, timeout=30)
    assert done.returncode == 1
    assert re.search(r"level=error role=registrar ", done.stdout), done.stdout


def test_a_role_that_dies_again_and_again_gets_longer_pauses_and_the_others_stay(own):
    with own.start():
        others = {role: own.role_pids(role) for role in ROLES if role != "validator"}
        assert own.kill("validator") < 1.0
        for _ in range(4):
            own.kill("validator", 5)
        assert own.kill("validator", 10) > 0.5
        assert {role: own.role_pids(role) for role in ROLES if role != "validator"} == others


def test_ctrl_c_ends_all_with_zero(own):
    with own.start():
        roles = [pid for role in ROLES for pid in own.role_pids(role)]
        os.killpg(own.daemon.pid, signal.SIGINT)
        assert own.daemon.process.wait(10) == 0
        assert not any(os.path.exists(f"/proc/{pid}") for pid in roles)
        assert not (own.directory / "control.sock").exists()


def test_the_service_manager_is_told(own, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(20)
        daemon = Daemon(own.argv, own.log, env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": 200000})
        try:
            heard = []

            def hear(word):
                while not heard or word not in heard[-1]:
                    heard.append(manager.recv(4096).decode())

            hear("READY=1")
            hear("WATCHDOG=1")
            daemon.process.send_signal(signal.SIGHUP)
            hear("RELOADING=1\nMONOTONIC_USEC=")
            hear("READY=1")
        finally:
            assert daemon.stop() == 0
        hear("STOPPING=1")


def test_the_options_are_told_and_wrong_ones_refused():
    assert "--dev DIR" in run([BUILD / "xicad", "--help"]).stdout
    assert re.match(r"xicad \d", run([BUILD / "xicad", "--version"]).stdout)
    for words in ([], ["-c"], ["--nonsense"], ["--dev", "x", "-c", "y"], ["-c", "x", "--http-port", "80"], ["--dev", "x", "--http-port", "70000"],
                  ["--dev", "x", "word"], ["--dev", "x", "--crash-at", "nowhere"]):
        done = run([BUILD / "xicad", *words], check=False)
        assert done.returncode == 2, (words, done.stdout)
