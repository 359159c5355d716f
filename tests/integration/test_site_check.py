""""Check my server": what the CA sees at a domain's XMPP servers, told in verdicts; by the interface and on the page."""
import time

import pytest

from lab.acme_raw import Acme
from lab.browser import Browser
from lab.csr import key_pem, new_key
from lab.mailbox import Mailbox
from lab.nameserver import NameServer
from lab.ports import free_port
from lab.site import PASSWORD, Client, sign_up
from lab.tlsserver import certificate
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad
from lab.xmppserver import HEADER, XmppServer
from lab.zone import Zone

NAME = "check.example"


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def mailbox():
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def site(output, port, mailbox):
    here = ["@ A 127.0.0.1", "_xmpp-client._tcp SRV 0 0 0 .", f"_xmpp-server._tcp SRV 0 0 {port} @"]
    none = ["@ A 127.0.0.1", "_xmpp-client._tcp SRV 0 0 0 .", "_xmpp-server._tcp SRV 0 0 0 ."]
    with NameServer(output / "check-dns", [Zone(NAME, here), Zone("none.example", none)]) as nameserver:
        options = ["--mail-relay", f"smtp://127.0.0.1:{mailbox.port}"]
        with Xicad(output / "checked", dns=nameserver.endpoint, options=options) as running:
            running.url = running.directory_url.removesuffix("/acme/directory")
            yield running


@pytest.fixture(scope="module")
def person(site, mailbox):
    return sign_up(Client(site.url, site.root_pem), mailbox, "admin@check.example")


@pytest.fixture(scope="module")
def issue(site):
    """Certificates for NAME, one after the other: each is (leaf, leaf with its chain), with the key, as PEM files."""
    account = Acme(site.directory_url, site.root_pem).new_account()

    def make(directory):
        with Http01(site.http01_port) as http01:
            key = new_key()
            issued = account.issue([NAME], http01, key)
        files = {}
        for kind, text in (("whole", issued.chain_pem), ("leaf", issued.chain_pem.split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n")):
            files[kind] = directory / f"{kind}.pem"
            files[kind].write_text(text + key_pem(key).decode())
        return files
    return make


def _verdicts(person, domain=NAME):
    said = person.ok("/api/check", {"domain": domain})
    return said, [server["verdict"] for server in said["servers"]]


def test_check_tells_the_newest_whole_certificate_from_all_others(site, person, issue, port, workdir):
    said, verdicts = _verdicts(person)
    assert verdicts == ["unreachable"] and "can't be reached" in said["servers"][0]["failure"]
    with XmppServer(certificate(workdir, [NAME], b"", oid=None), port=port):
        assert _verdicts(person)[1] == ["other-authority"]
    with XmppServer(certificate(workdir, ["other.example"], b"", oid=None), port=port):
        assert _verdicts(person)[1] == ["other-name"]
    first = issue(workdir)
    with XmppServer(first["whole"], port=port) as server:
        said, verdicts = _verdicts(person)
        assert verdicts == ["good"], said
        seen = said["servers"][0]
        assert seen["certificate"]["ours"] and seen["certificate"]["proves"] and seen["external"] and seen["tls"].startswith("TLSv1.")
        assert (seen["record"], seen["host"], seen["port"], seen["address"]) == ("_xmpp-server", NAME, port, "127.0.0.1")
        assert server.sni == [NAME]
    with XmppServer(first["leaf"], port=port):
        assert _verdicts(person)[1] == ["no-chain"]
    (workdir / "second").mkdir()
    issued_in = int(time.time())
    wait_until(lambda: int(time.time()) > issued_in, 5, "a second later, so that the second one ends later")
    second = issue(workdir / "second")
    with XmppServer(first["whole"], port=port):
        assert _verdicts(person)[1] == ["renewed"]
    with XmppServer(second["whole"], port=port):
        said, verdicts = _verdicts(person)
        assert verdicts == ["good"]
        serial = said["servers"][0]["certificate"]["serial"]
        site.cli("cert", "revoke", "--serial", serial, "--yes")
        assert _verdicts(person)[1] == ["revoked"]


class Strict(XmppServer):
    """Turns away whoever shows no certificate, as Prosody does with s2s_secure_auth."""

    def encrypted(self, connection):
        domain = self.domain_of(self.read_until(connection, b"version='1.0'>"))
        refusal = "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        connection.sendall((HEADER.format(domain=domain) + refusal).encode())


def test_check_of_a_strict_server_is_of_its_certificate(person, issue, port, workdir):
    with Strict(issue(workdir)["whole"], port=port):
        said, verdicts = _verdicts(person)
    assert verdicts == ["good"] and "not-authorized" in said["servers"][0]["failure"]


def test_check_of_a_domain_without_a_service_says_so(person):
    said, verdicts = _verdicts(person, "none.example")
    assert verdicts == [] and said["failure"] is None


@pytest.mark.parametrize("domain", ["", "a b", "*.check.example", "127.0.0.1", "x" * 300, "a'/><x", "check.example\n"])
def test_check_refuses_what_is_no_domain(person, domain):
    assert person.submit("/api/check", {"domain": domain}).status_code == 422


def test_check_is_for_those_who_are_signed_in(site):
    assert Client(site.url, site.root_pem).submit("/api/check", {"domain": NAME}).status_code == 401


def test_check_by_a_button_on_the_page(site, person, issue, port, workdir):
    files = issue(workdir)
    with XmppServer(files["whole"], port=port), Browser(site.root_pem) as browser:
        browser.open(site.url + "/log-in")
        browser.fill("input[name=address]", "admin@check.example")
        browser.fill("input[name=password]", PASSWORD)
        browser.click("form [type=submit]")
        browser.wait_for_page("/dashboard")
        browser.open(f"{site.url}/install#names={NAME}")
        browser.click("#check-now")
        browser.find("[data-verdict=good]", 30)
        browser.wait_for_text("All is well", "#check-result")
        browser.screenshot("install-check")
        assert browser.console_errors() == []
