"""When `xica renew` renews: as the CA says (RFC 9773), or by the lifetime; and what is there while it can't, in a world whose clock has run on."""
import datetime
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from lab import certs, later
from lab.paths import BUILD
from lab.ports import free_port
from lab.process import run
from lab.xicad import Xicad
from test_get import Client
from test_get_installed import Prosody

DAY = datetime.timedelta(days=1)


@pytest.fixture
def client(ca, workdir):
    return Client(ca, workdir)


def _settings(client, domain, **changes):
    path = client.folder(domain) / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _renew(client, check=True, **environment):
    """`xica renew --json`; the one certificate of its answer."""
    done = subprocess.run([str(BUILD / "xica"), "renew", "--config-dir", str(client.config_dir), "--json"], capture_output=True, text=True, cwd=client.home,
                          env={**os.environ, **environment}, timeout=60)
    assert (done.returncode == 0) is check, done.stdout + done.stderr
    return json.loads(done.stdout)["certificates"][0]


def _time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# --- the CA says when

def _asked_again(client, domain):
    """As if the time had passed for which the CA wants not to be asked."""
    path = client.folder(domain) / "renewal.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "ask_again": "2026-01-01T00:00:00Z"}))


def test_the_ca_is_asked_when_and_not_again_before_it_wants(client, ca, domain):
    client.alone(domain)
    first, kept = client.serial(domain), _renew(client)
    leaf = client.issued(domain).leaf
    begin, life = leaf.not_valid_before.replace(tzinfo=datetime.timezone.utc), leaf.not_valid_after - leaf.not_valid_before
    assert kept["status"] == "kept" and begin + life * 0.66 < _time(kept["renew_at"]) < begin + life * 0.71
    ca.cli("cert", "renew-now", "--name", domain, "--explanation", "https://ca.example/why")
    assert _renew(client)["renew_at"] == kept["renew_at"], "it was told not to ask yet"
    _asked_again(client, domain)
    done = client.run("renew")
    assert "https://ca.example/why" in done.stdout and client.serial(domain) != first
    assert _renew(client)["status"] == "kept"


def test_what_is_revoked_is_renewed_at_the_next_look(client, ca, domain):
    client.alone(domain)
    first = client.serial(domain)
    ca.cli("cert", "revoke", "--serial", f"{first:x}", "--reason", "superseded")
    assert _renew(client)["status"] == "issued" and client.serial(domain) != first


def test_what_was_replaced_already_is_renewed_all_the_same(client, domain):
    client.alone(domain)
    client.run("renew", "--force")
    current = client.folder(domain) / "current"
    current.unlink()
    current.symlink_to("1")  # a backup that was played back
    before = client.serial(domain)
    client.run("renew", "--force")
    assert client.serial(domain) != before


class Front:
    """The CA's directory, with a renewalInfo of this server's own that answers `info`, and counts the questions."""

    def __init__(self, ca, workdir):
        self.reset()
        front, self.port = self, free_port()
        self.directory_url = f"https://localhost:{self.port}/directory"
        directory = {**requests.get(ca.directory_url, verify=ca.root_pem, timeout=10).json(), "renewalInfo": f"https://localhost:{self.port}/info"}
        pem = workdir / "front.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", workdir / "front.key", "-out", pem,
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], quiet=True)
        self.root_pem = workdir / "roots.pem"
        self.root_pem.write_text(pem.read_text() + ca.root_pem.read_text())
        self.http01_port = ca.http01_port

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                of_directory = self.path == "/directory"
                front.asked += not of_directory
                body = json.dumps(directory if of_directory else front.info).encode()
                self.send_response(200 if of_directory else front.status)
                for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **({} if of_directory else front.headers)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, workdir / "front.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def reset(self):
        self.asked, self.status, self.headers, self.info = 0, 200, {}, {}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


_FRONTED = "fronted.xmpp.example"


@pytest.fixture(scope="module")
def _client_of_front(ca, output):
    workdir = output / "renewal-front"
    workdir.mkdir()
    with Front(ca, workdir) as front:
        client = Client(front, workdir)
        client.alone(_FRONTED)
        yield client


@pytest.fixture
def fronted(_client_of_front):
    """A client of the front, with a fresh certificate, whose CA was not asked yet."""
    _client_of_front.ca.reset()
    (_client_of_front.folder(_FRONTED) / "renewal.json").unlink(missing_ok=True)
    return _client_of_front


@pytest.fixture
def front(fronted):
    return fronted.ca


def _window(start, end):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return {"suggestedWindow": {"start": (now + start).strftime("%Y-%m-%dT%H:%M:%SZ"), "end": (now + end).strftime("%Y-%m-%dT%H:%M:%SZ")}}


def test_a_moment_in_the_window_is_taken_and_kept(front, fronted):
    front.info = _window(10 * DAY, 20 * DAY)
    at = _renew(fronted)["renew_at"]
    assert _time(front.info["suggestedWindow"]["start"]) <= _time(at) < _time(front.info["suggestedWindow"]["end"])
    _asked_again(fronted, _FRONTED)
    assert _renew(fronted)["renew_at"] == at and front.asked == 2


@pytest.mark.parametrize("retry_after, seconds", [(3600, 3600), (1, 60), (10 ** 9, 86400), (None, 21600), ("soon", 21600)])
def test_how_long_the_ca_wants_to_be_left_alone_is_bounded(front, fronted, retry_after, seconds):
    front.info, front.headers = _window(10 * DAY, 20 * DAY), {"Retry-After": retry_after} if retry_after else {}
    _renew(fronted)
    until = _time(json.loads((fronted.folder(_FRONTED) / "renewal.json").read_text())["ask_again"])
    assert abs((until - datetime.datetime.now(datetime.timezone.utc)).total_seconds() - seconds) < 30
    _renew(fronted)
    assert front.asked == 1


def test_a_window_in_the_past_means_now(front, fronted):
    first, front.info = fronted.serial(_FRONTED), _window(-20 * DAY, -10 * DAY)
    assert _renew(fronted)["status"] == "issued" and fronted.serial(_FRONTED) != first


def test_a_window_that_begins_before_the_next_look_means_now(front, fronted):
    front.info = _window(DAY / 4, DAY / 3)
    assert _renew(fronted)["status"] == "issued"


def test_no_ca_can_talk_anybody_into_letting_a_certificate_end(front, fronted):
    front.info = _window(900 * DAY, 1000 * DAY)
    leaf = fronted.issued(_FRONTED).leaf
    assert _time(_renew(fronted)["renew_at"]) < leaf.not_valid_after.replace(tzinfo=datetime.timezone.utc) - 7 * DAY


@pytest.mark.parametrize("status, info", [(500, {}), (404, {}), (200, {}), (200, {"suggestedWindow": {"start": "soon", "end": "later"}}),
                                          (200, _window(20 * DAY, 10 * DAY)), (200, {"suggestedWindow": []}), (200, [])],
                         ids=["500", "404", "empty", "no times", "backwards", "no window", "no object"])
def test_without_an_answer_that_makes_sense_the_lifetime_decides(front, fronted, status, info):
    front.status, front.info = status, info
    kept = _renew(fronted)
    leaf = fronted.issued(_FRONTED).leaf
    share = (_time(kept["renew_at"]) - leaf.not_valid_before.replace(tzinfo=datetime.timezone.utc)) / (leaf.not_valid_after - leaf.not_valid_before)
    assert kept["status"] == "kept" and 0.62 < share < 0.67
    assert not (fronted.folder(_FRONTED) / "renewal.json").exists()


@pytest.mark.parametrize("url", ["https://ca.example/\x1b[31m", "javascript:alert(1)", "https://ca.example/ two", "https://ca.example/" + "x" * 2000, 5],
                         ids=["escape", "script", "space", "long", "number"])
def test_an_explanation_that_is_no_url_is_not_told(front, fronted, url):
    front.info = {**_window(10 * DAY, 20 * DAY), "explanationURL": url}
    assert "explanation_url" not in _renew(fronted)


# --- 64 days on

@pytest.fixture
def own_ca(workdir, nameserver):
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor) as running:
        yield running


def test_after_two_thirds_of_its_life_a_certificate_is_renewed_and_until_that_works_the_old_one_stays(own_ca, domain, workdir):
    client = Client(own_ca, workdir)
    with Prosody(domain, workdir) as prosody:
        client.alone(*prosody.words)
        first = client.serial(domain)

        def shows(serial):
            """The server shows it, and everything that lies around is of it, too."""
            assert certs.load_chain(prosody.shown())[0].serial_number == serial
            assert certs.load_chain((prosody.certs / f"{domain}.crt").read_text())[0].serial_number == client.serial(domain) == serial
            public = run(["openssl", "pkey", "-in", prosody.certs / f"{domain}.key", "-pubout"], quiet=True).stdout
            assert public in run(["openssl", "x509", "-in", prosody.certs / f"{domain}.crt", "-noout", "-pubkey"], quiet=True).stdout

        assert _renew(client, **later.environment(55))["status"] == "kept"
        shows(first)

        own_ca.stop()
        failed = _renew(client, check=False, **later.environment(64))
        assert failed["status"] == "failed" and "can't be had" in failed["error"]
        shows(first)
        own_ca.start()

        shutil.rmtree(client.config_dir / "accounts")  # to a new account nothing is proven yet
        (client.config_dir / "accounts").mkdir()
        with socket.create_server(("127.0.0.1", own_ca.http01_port)):
            assert "listened on" in _renew(client, check=False, **later.environment(64))["error"]
        shows(first)

        _settings(client, domain, http_port=free_port())
        assert "is not proven" in _renew(client, check=False, **later.environment(64))["error"]
        shows(first)
        _settings(client, domain, http_port=own_ca.http01_port)

        _settings(client, domain, reload="/bin/false")
        assert "can't be told to take the certificate" in _renew(client, check=False, **later.environment(64))["error"]
        shows(first)
        settings = json.loads((client.folder(domain) / "settings.json").read_text())
        del settings["reload"]
        (client.folder(domain) / "settings.json").write_text(json.dumps(settings))

        renewed = _renew(client, **later.environment(64))
        assert (renewed["status"], renewed["installed"], renewed["checked"]) == ("issued", True, True)
        assert client.serial(domain) != first
        shows(client.serial(domain))
