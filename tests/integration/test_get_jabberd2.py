"""`xica get` for jabberd2, a server that has files and nothing else: neither a module nor a command line."""
import socket
import ssl
import subprocess

import pytest

from lab import certs
from lab.jabberd2 import Jabberd2
from lab.paths import BUILD
from lab.xicad import Xicad
from test_get import Client


@pytest.fixture
def jabberd2(domain, workdir):
    with Jabberd2(domain, workdir) as running:
        yield running


def _shown(port, namespace, domain):
    """The certificate that it shows on this port, as PEM."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(f"<?xml version='1.0'?><stream:stream xmlns='jabber:{namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}' "
                      "version='1.0'>".encode())
        text = b""
        while b"</stream:features>" not in text:
            text += plain.recv(4096)
        plain.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        while b"<proceed" not in text:
            text += plain.recv(4096)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=domain) as tls:
            return certs.load_chain(ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)))[0].serial_number


def _get(client, jabberd2, *words):
    """Runs `xica get` for all its hosts, and restarts jabberd2 whenever that asks."""
    reload, look = jabberd2.restarting()
    argv = [BUILD / "xica", "get", "--config-dir", client.config_dir, "--server", client.ca.directory_url, "--ca-file", client.ca.root_pem, "--yes",
            "--server-config", jabberd2.configuration, "--check", f"127.0.0.1:{jabberd2.c2s_port}", "--reload", reload, *words]
    log = client.home / "get.log"
    with open(log, "a") as out:
        process = subprocess.Popen([str(word) for word in argv], stdout=out, stderr=out)
        while True:
            look()
            try:
                assert process.wait(0.05) == 0, log.read_text()
                return log.read_text()
            except subprocess.TimeoutExpired:
                pass


def test_jabberd2_gets_its_certificate_by_files_alone_and_shows_it_to_clients(ca, jabberd2, domain, workdir):
    client = Client(ca, workdir)
    said = _get(client, jabberd2, "--http-port", ca.http01_port)
    issued = client.issued(domain)
    certs.check_xmpp_certificate(issued, [domain], ca.root_pem, workdir)
    assert "jabberd2 shows the new certificate" in said
    assert _shown(jabberd2.c2s_port, "client", domain) == issued.leaf.serial_number
    assert f"<pemfile>{jabberd2.pemfile}</pemfile>" in said, "s2s.xml is another file, and nobody has said there yet where the certificate is"


def _give_s2s_the_same(jabberd2):
    path = jabberd2.home / "s2s.xml"
    port = f"<port>{jabberd2.s2s_port}</port>"
    path.write_text(path.read_text().replace(port, f"{port}<pemfile>{jabberd2.pemfile}</pemfile>"))
    jabberd2.stop()
    jabberd2.start()


def test_jabberd2_proves_by_that_file_too_without_web_server_or_module(jabberd2, domain, nameserver, workdir):
    _give_s2s_the_same(jabberd2)
    options = ["--xmpp-port", jabberd2.s2s_port]
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=options) as seeing:
        client = Client(seeing, workdir)
        said = _get(client, jabberd2, "--proof", "xmpp-tls")
    assert f"{domain}: proven by xmpp-tls-01" in said and "<pemfile>" not in said
    for port, namespace in ((jabberd2.c2s_port, "client"), (jabberd2.s2s_port, "server")):
        assert _shown(port, namespace, domain) == client.serial(domain)
