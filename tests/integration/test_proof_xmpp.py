"""xmpp-01 and xmpp-tls-01 (docs/acme-xmpp.md): what proves, where the validator looks, and how each hostile server fails."""
import time

import pytest

from lab.nameserver import NameServer
from lab.paths import ROOT
from lab.ports import free_port
from lab.tlsserver import certificate
from lab.validator import DIGEST, KEY_AUTHORIZATION, THUMBPRINT, TOKEN, Validator, base64url
from lab.xmppserver import EXTERNAL, HEADER, PROCEED, STARTTLS, XmppServer, acme, features
from lab.zone import Signing, Zone

PROOF = acme(TOKEN, KEY_AUTHORIZATION)
NAME = "home.example"


@pytest.fixture
def pem(workdir):
    """A self-signed certificate of somebody else: the validator takes any."""
    return certificate(workdir, ["unrelated.invalid"], b"", oid=None)


@pytest.fixture
def validator():
    return Validator(resolve_all="127.0.0.1")


def _good(validator, pem, **options):
    return XmppServer(pem, port=validator.xmpp_server_port, shown={NAME: PROOF}, **options)


# --- what proves

def test_xmpp_01_is_proven_by_the_key_authorization_in_the_features_of_the_encrypted_stream(validator, pem):
    with _good(validator, pem) as server:
        answer = validator.ask("xmpp-01", NAME)
    assert answer.problem == "", answer
    assert [receipt["kind"] for receipt in answer.receipts] == ["control", "caa"]
    assert answer.receipts[0]["method"] == "xmpp-01" and answer.receipts[0]["identifier"] == NAME
    assert server.sni == [NAME]
    assert "STARTTLS" in answer.detail and "_xmpp-server" in answer.detail and "127.0.0.1" in answer.detail


def test_nothing_is_sent_but_stream_headers_and_starttls(validator, pem):
    with _good(validator, pem) as server:
        validator.ask("xmpp-01", NAME)
    header = f"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' to='{NAME}' version='1.0'>"
    assert server.heard == [header, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", header]


def test_xmpp_tls_01_is_proven_by_the_challenge_certificate(validator, workdir):
    with XmppServer(certificate(workdir, [NAME], DIGEST), port=validator.xmpp_server_port) as server:
        answer = validator.ask("xmpp-tls-01", NAME)
    assert answer.problem == "" and answer.receipts[0]["method"] == "xmpp-tls-01"
    assert server.sni == [NAME]


@pytest.mark.parametrize("bend", ["other digest", "other name", "no extension", "not critical", "two names"])
def test_xmpp_tls_01_takes_only_the_certificate_of_rfc_8737(validator, workdir, bend):
    names = {"other name": ["elsewhere.example"], "two names": [NAME, "www." + NAME]}.get(bend, [NAME])
    digest = bytes(32) if bend == "other digest" else DIGEST
    pem = certificate(workdir, names, digest, oid=None) if bend == "no extension" else certificate(workdir, names, digest, critical=bend != "not critical")
    with XmppServer(pem, port=validator.xmpp_server_port):
        answer = validator.ask("xmpp-tls-01", NAME)
    assert answer.problem == "incorrectResponse" and answer.receipts == []


def test_both_prove_a_service_and_neither_a_wildcard(validator, pem):
    with _good(validator, pem):
        assert validator.ask("xmpp-01", "_xmpp-server." + NAME).problem == ""
        assert validator.ask("xmpp-01", "*." + NAME).problem == "refused"
        assert validator.ask("xmpp-tls-01", "*." + NAME).problem == "refused"


def test_a_server_for_clients_proves_the_domain_and_not_the_service_between_servers(validator, pem):
    with XmppServer(pem, port=validator.xmpp_client_port, shown={NAME: PROOF}):
        assert validator.ask("xmpp-01", NAME).problem == ""
        assert validator.ask("xmpp-01", "_xmpp-server." + NAME).problem == "connection"


# --- where it looks

class Places:
    """Servers on loopback addresses of their own, and SRV records that lead to them."""

    def __init__(self, workdir, pem, records, signing=Signing.UNSIGNED):
        self.pem, self.servers = pem, []
        hosts = [f"s{n} A 127.0.0.{n}" for n in range(1, 6)]
        self.nameserver = NameServer(workdir / "dns", [Zone(NAME, [*hosts, *records], signing)])
        self.allow = [f"127.0.0.{n}" for n in range(1, 6)]

    def server(self, number, port, **options):
        made = XmppServer(self.pem, port=port, address=f"127.0.0.{number}", **options)
        self.servers.append(made.__enter__())
        return made

    def ask(self, challenge="xmpp-01", name=NAME):
        with self.nameserver:
            validator = Validator(dns=self.nameserver.endpoint, trust_anchor=self.nameserver.trust_anchor, allow=self.allow)
            return validator.ask(challenge, name)

    def close(self):
        for server in self.servers:
            server.__exit__()


@pytest.fixture
def places(workdir, pem):
    made = []

    def make(records, signing=Signing.UNSIGNED):
        made.append(Places(workdir, pem, records, signing))
        return made[0]

    yield make
    for place in made:
        place.close()


GOOD = {"shown": {NAME: PROOF}}


def test_srv_records_lead_to_host_and_port_and_their_signature_is_noted(places):
    port = free_port()
    place = places([f"_xmpp-server._tcp SRV 0 0 {port} s2"], Signing.SIGNED)
    place.server(2, port, **GOOD)
    answer = place.ask()
    assert answer.problem == "" and "DNSSEC-signed" in answer.detail and f"s2.{NAME} (127.0.0.2 port {port})" in answer.detail


def test_direct_tls_is_tried_first_with_its_protocol_name(places):
    port = free_port()
    place = places([f"_xmpps-server._tcp SRV 0 0 {port} s2", "_xmpp-server._tcp SRV 0 0 1 s3"])
    server = place.server(2, port, direct_tls=True, protocols=["xmpp-server"], **GOOD)
    answer = place.ask()
    assert answer.problem == "" and "direct TLS" in answer.detail
    assert server.agreed == ["xmpp-server"]


def test_all_targets_of_the_best_priority_that_answer_must_agree(places):
    port = free_port()
    place = places([f"_xmpp-server._tcp SRV 5 0 {port} s{n}" for n in (1, 2, 3)])
    place.server(1, port, **GOOD)
    place.server(3, port)  # another's server at the same name; s2 isn't there
    answer = place.ask()
    assert answer.problem == "unauthorized" and "127.0.0.3" in answer.detail


def test_targets_that_are_away_and_those_of_a_lower_priority_do_not_count(places):
    port = free_port()
    place = places([f"_xmpp-server._tcp SRV 5 0 {port} s1", f"_xmpp-server._tcp SRV 5 0 {port} s2", f"_xmpp-server._tcp SRV 9 0 {port} s3"])
    place.server(2, port, **GOOD)
    place.server(3, port)
    assert place.ask().problem == ""


def test_the_next_priority_counts_where_nobody_of_the_best_answers(places):
    port = free_port()
    place = places([f"_xmpp-server._tcp SRV 5 0 {port} s1", f"_xmpp-server._tcp SRV 9 0 {port} s3"])
    place.server(3, port, **GOOD)
    assert place.ask().problem == ""


def test_a_domain_that_says_it_has_no_such_service_is_not_dialled(places):
    place = places(["_xmpps-server._tcp SRV 0 0 0 .", "_xmpp-server._tcp SRV 0 0 0 .", "_xmpp-client._tcp SRV 0 0 0 .", "@ A 127.0.0.1"])
    answer = place.ask()
    assert answer.problem == "dns" and "no XMPP service" in answer.detail


def test_a_lookup_that_fails_is_never_taken_for_no_record(places):
    place = places(["_xmpp-server._tcp SRV 0 0 5269 s1", "@ A 127.0.0.1"], Signing.BOGUS)
    answer = place.ask()
    assert answer.problem == "dns" and "SRV" in answer.detail


def test_an_srv_record_that_leads_inside_is_refused(workdir, pem):
    records = ["_xmpp-server._tcp SRV 0 0 5269 inside", "inside A 10.0.0.1"]
    with NameServer(workdir / "dns", [Zone(NAME, records)]) as nameserver:
        answer = Validator(dns=nameserver.endpoint, allow=[]).ask("xmpp-01", NAME)
    assert answer.problem == "connection" and "10.0.0.1" in answer.detail


# --- hostile servers

class Hostile(XmppServer):
    """A server whose answers a test writes itself."""

    def __init__(self, pem, port, plain=None, encrypted=None):
        super().__init__(pem, port=port)
        self._plain, self._encrypted = plain, encrypted

    def plain(self, connection):
        if not self._plain:
            return super().plain(connection)
        self.read_until(connection, b"version='1.0'>")
        return self._plain(self, connection)

    def encrypted(self, connection):
        if not self._encrypted:
            return super().encrypted(connection)
        self.read_until(connection, b"version='1.0'>")
        self._encrypted(self, connection)
        self.read_to_end(connection)
        return None


OPEN = HEADER.format(domain=NAME).encode()


def _say(text):
    def say(_, connection):
        connection.sendall(OPEN + (text if isinstance(text, bytes) else text.encode()))
    return say


def _endless(piece):
    def say(_, connection):
        connection.sendall(OPEN)
        while True:
            connection.sendall(piece * 1000)
    return say


def _gigabyte_attribute(_, connection):
    connection.sendall(OPEN + b"<stream:features a='")
    while True:
        connection.sendall(b"x" * 65536)


def _slow(_, connection):
    for byte in OPEN + b"<a/>" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(0.5)


def _entity_bomb(_, connection):
    lines = "".join(f"<!ENTITY e{n} '&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};'>" for n in range(1, 20))
    connection.sendall(f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e0 'ha'>{lines}]><x>&e19;</x>".encode())


ERROR = "<stream:error><{0} xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{1}</{0}></stream:error>"

HOSTILE = {
    "endless stream": (_endless(b"<a/>"), "connection", "something else than stream features"),
    "endless white space": (_endless(b" "), "connection", "more than a stream's beginning may have"),
    "endless features": (_endless(b"<stream:features><x>y</x>"), "connection", "nested too deep"),
    "gigabyte attribute": (_gigabyte_attribute, "connection", "more than a stream's beginning may have"),
    "entity bomb": (_entity_bomb, "connection", "document type"),
    "slow bytes": (_slow, "connection", "in time"),
    "silence": (lambda *_: time.sleep(30), "connection", "in time"),
    "redirect by see-other-host": (_say(ERROR.format("see-other-host", "127.0.0.1:25")), "connection", "see-other-host"),
    "host unknown": (_say(ERROR.format("host-unknown", "")), "connection", "host-unknown"),
    "no features": (_say("</stream:stream>"), "connection", "closed the stream"),
    "hangs up": (lambda _, connection: connection.close(), "connection", "closed the connection"),
    "a web server": (lambda _, connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "connection", "well-formed"),
    "wrong token": (_say(features(EXTERNAL, acme("another-token", KEY_AUTHORIZATION))), "unauthorized", "no <acme"),
    "another account's key authorization": (_say(features(acme(TOKEN, f"{TOKEN}.{base64url(bytes(32))}"))), "incorrectResponse", "isn't the expected one"),
    "token alone": (_say(features(acme(TOKEN, TOKEN))), "incorrectResponse", "isn't the expected one"),
    "thumbprint alone": (_say(features(acme(TOKEN, base64url(THUMBPRINT)))), "incorrectResponse", "isn't the expected one"),
    "nothing shown": (_say(features(EXTERNAL)), "unauthorized", "no <acme"),
    "proof deeper down": (_say(features(f"<x>{PROOF}</x>")), "unauthorized", "no <acme"),
    "old XMPP": (lambda _, connection: connection.sendall(OPEN.replace(b" version='1.0'>", b">") + features(PROOF).encode()), "connection", "older XMPP"),
}


@pytest.mark.parametrize("who", HOSTILE)
def test_hostile_server_fails_in_bounded_time_and_memory_with_its_own_words(validator, pem, who):
    behaviour, problem, words = HOSTILE[who]
    began = time.monotonic()
    with Hostile(pem, validator.xmpp_server_port, encrypted=behaviour):
        answer = validator.ask("xmpp-01", NAME)
    assert (answer.problem, answer.receipts) == (problem, []), answer
    assert words in answer.detail and "127.0.0.1" in answer.detail, answer.detail
    assert time.monotonic() - began < 20


def test_an_answer_for_another_vhost_on_the_same_host_proves_nothing(validator, pem):
    with XmppServer(pem, port=validator.xmpp_server_port, shown={"other.example": PROOF}):
        answer = validator.ask("xmpp-01", NAME)
    assert answer.problem == "unauthorized"


UNENCRYPTED = {
    "no starttls": (_say(features(PROOF)), "tls", "offers no STARTTLS"),
    "proof before TLS": (_say(features(EXTERNAL, PROOF)), "tls", "offers no STARTTLS"),
    "refuses": (lambda server, connection: (_say(features(STARTTLS))(server, connection), server.read_until(connection, b"/>"),
                                            connection.sendall(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))[0], "tls", "refuses STARTTLS"),
    "words behind proceed": (lambda server, connection: (_say(features(STARTTLS))(server, connection), server.read_until(connection, b"/>"),
                                                         connection.sendall((PROCEED + features(PROOF)).encode()))[0], "tls", "unencrypted"),
    "no TLS behind proceed": (lambda server, connection: (_say(features(STARTTLS))(server, connection), server.read_until(connection, b"/>"),
                                                          connection.sendall(PROCEED.encode()), connection.recv(4096), connection.sendall(b"no" * 50))[0],
                              "tls", "TLS handshake"),
}


@pytest.mark.parametrize("who", UNENCRYPTED)
def test_what_is_said_before_tls_proves_nothing(validator, pem, who):
    behaviour, problem, words = UNENCRYPTED[who]
    with Hostile(pem, validator.xmpp_server_port, plain=behaviour):
        answer = validator.ask("xmpp-01", NAME)
    assert (answer.problem, answer.receipts) == (problem, []), answer
    assert words in answer.detail, answer.detail


# --- the specification's own examples

def _example_lines():
    text = (ROOT / "docs" / "acme-xmpp.md").read_text()
    block = text.split("```xml\n", 1)[1].split("```", 1)[0]
    said = {"V": [], "S": []}
    for line in block.splitlines():
        if line[:3] in ("V: ", "S: "):
            said[line[0]].append(line[3:])
    return said


def test_the_conversation_in_the_specification_is_the_one_on_the_wire(validator, pem):
    """What the document has the validator say is what it says, and it believes what the document has the server say (with this test's proof in it)."""
    said = _example_lines()
    token, whole = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
    server = [line.replace(f">{whole}<", f">{KEY_AUTHORIZATION}<").replace(f"'{token}'", f"'{TOKEN}'") for line in said["S"]]
    assert KEY_AUTHORIZATION in server[-1]

    class Scripted(XmppServer):
        def plain(self, connection):
            self.read_until(connection, b"version='1.0'>")
            connection.sendall((server[0] + server[1]).encode())
            self.read_until(connection, b"/>")
            connection.sendall(server[2].encode())
            return True

        def encrypted(self, connection):
            self.read_until(connection, b"version='1.0'>")
            connection.sendall((server[3] + server[4]).encode())
            self.read_to_end(connection)

    with Scripted(pem, port=validator.xmpp_server_port) as scripted:
        answer = validator.ask("xmpp-01", "example.org")
    assert answer.problem == "", answer
    assert scripted.heard == said["V"]
