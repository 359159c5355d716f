"""`xica get` with a CA that isn't ours: Pebble, the test server of Let's Encrypt, which refuses good nonces, takes its time, and offers several chains."""
import json

import pytest
import requests

from lab import certs
from lab.ports import free_port
from lab.process import Daemon, run
from lab.waiting import wait_until
from test_get import Client


class Pebble:
    def __init__(self, directory, nameserver):
        self.directory, self.nameserver = directory, nameserver
        self.port, self.management_port, self.http01_port, self.tlsalpn01_port = (free_port() for _ in range(4))
        self.directory_url = f"https://localhost:{self.port}/dir"
        self.root_pem = directory / "server.pem"

    def __enter__(self):
        self.directory.mkdir(parents=True)
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.directory / "key.pem", "-out", self.root_pem,
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"], quiet=True)
        settings = {"listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management_port}",
                    "certificate": str(self.root_pem), "privateKey": str(self.directory / "key.pem"), "httpPort": self.http01_port,
                    "tlsPort": self.tlsalpn01_port, "ocspResponderURL": "", "externalAccountBindingRequired": False}
        (self.directory / "pebble.json").write_text(json.dumps({"pebble": settings}))
        environment = {"PEBBLE_WFE_NONCEREJECT": 25, "PEBBLE_ALTERNATE_ROOTS": 2, "PEBBLE_CHAIN_LENGTH": 2, "PEBBLE_VA_SLEEPTIME": 1}
        argv = ["pebble", "-config", self.directory / "pebble.json", "-dnsserver", self.nameserver.endpoint]
        self._daemon = Daemon(argv, self.directory / "pebble.log", env=environment)
        wait_until(self._answers, 60, "Pebble answers", 0.2)  # it makes several RSA keys first
        return self

    def __exit__(self, *_):
        self._daemon.stop()

    def _answers(self):
        try:
            return requests.get(self.directory_url, verify=self.root_pem, timeout=5).ok
        except requests.ConnectionError:
            return False

    def root(self, number):
        answer = requests.get(f"https://localhost:{self.management_port}/roots/{number}", verify=self.root_pem, timeout=5)
        return certs.load_chain(answer.content)[0]


@pytest.fixture(scope="module")
def pebble(output, nameserver):
    with Pebble(output / "pebble", nameserver) as running:
        yield running


@pytest.fixture
def client(pebble, workdir, nameserver):
    return Client(pebble, workdir, nameserver)


def test_a_ca_that_is_not_ours_certifies_and_renews(client):
    client.alone("pebble.plain.example", "conference.pebble.plain.example", "--email", "admin@plain.example")
    first = client.serial("pebble.plain.example")
    assert sorted(certs.dns_names(client.issued("pebble.plain.example").leaf)) == ["conference.pebble.plain.example", "pebble.plain.example"]
    client.run("renew", "--force")
    assert client.serial("pebble.plain.example") != first


def test_it_believes_our_server_of_tls_alpn(client, pebble):
    client.get("tls.plain.example", "conference.tls.plain.example", "--proof", "tls", "--tls-port", pebble.tlsalpn01_port)
    assert len(certs.dns_names(client.issued("tls.plain.example").leaf)) == 2


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_chain_that_is_wanted_is_taken(client, pebble, number):
    root = pebble.root(number)
    name = root.subject.rfc4514_string().removeprefix("CN=")
    client.alone(f"chain{number}.plain.example", "--chain", name)
    assert client.issued(f"chain{number}.plain.example").chain[-1].issuer == root.subject


def test_its_refusal_is_told_in_its_own_words(client):
    done = client.get("refused.plain.example", "--http-port", free_port(), check=False)
    assert done.returncode == 1 and "connection refused" in done.stdout and "(connection)" in done.stdout
