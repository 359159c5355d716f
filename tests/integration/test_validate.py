"""What the validator believes and what it refuses, shown with a real name server, web servers and TLS servers."""
import socket
import ssl
import time

import pytest
from cryptography import x509

from lab.tlsserver import TlsServer, certificate
from lab.fakedns import FakeDns
from lab.nameserver import NameServer
from lab.paths import output_directory
from lab.validator import ACCOUNT, DIGEST, KEY_AUTHORIZATION, TOKEN, TXT, Validator
from lab.webserver import PREFIX, WebServer
from lab.zone import Signing, Zone

HERE = ["@ A 127.0.0.1", "* A 127.0.0.1"]
BIG_CAA = [f'big CAA 0 issue "ca-{n}.a-name-that-takes-up-some-room-in-an-answer.example"' for n in range(60)]

PLAIN = HERE + BIG_CAA + [
    'big CAA 0 issue "ca.example"',
    'bigforbidden CAA 0 issue ";"', *[line.replace("big ", "bigforbidden ") for line in BIG_CAA],
    "second A 127.0.0.2", "both A 127.0.0.1", "both AAAA ::1", "empty TXT x", "sub.ent TXT x",
    "private A 10.0.0.1", "linklocal A 169.254.169.254", "shared A 100.64.0.1", "zero A 0.0.0.0", "ula AAAA fd00::1", "zone AAAA fe80::1",
    "mapped AAAA ::ffff:10.0.0.1", "mappedloop AAAA ::ffff:127.0.0.1", "compatible AAAA ::127.0.0.1", "nat64 AAAA 64:ff9b::7f00:1",
    "sixtofour AAAA 2002:7f00:1::", "teredo AAAA 2001:0:7f00:1::", "multicast A 224.0.0.1",
    f'_acme-challenge TXT "{TXT}"', f'_acme-challenge.several TXT "wrong"', f'_acme-challenge.several TXT "{TXT}"',
    f'_acme-challenge.split TXT "{TXT[:20]}" "{TXT[20:]}"', '_acme-challenge.wrong TXT "one"', '_acme-challenge.wrong TXT "two"',
    "_acme-challenge.alias CNAME proofs.signed.example.", "_acme-challenge.loose CNAME nothing.plain.example.", "_acme-challenge.none A 127.0.0.1",
    f'_acme-challenge._xmpp-server TXT "{TXT}"', f'_acme-challenge.spaced TXT "{TXT} "',
    'allowed CAA 0 issue "ca.example"', 'upper CAA 0 ISSUE "CA.EXAMPLE"', 'forbidden CAA 0 issue "other.example"', 'nobody CAA 0 issue ";"',
    'critical CAA 128 tbs "unknown"', 'critical CAA 0 issue "ca.example"', 'uncritical CAA 0 tbs "unknown"', 'iodef CAA 128 iodef "mailto:x@example"',
    'wild CAA 0 issue ";"', 'wild CAA 0 issuewild "ca.example"', 'notwild CAA 0 issue "ca.example"', 'notwild CAA 0 issuewild ";"',
    f'account CAA 0 issue "ca.example; accounturi={ACCOUNT}"', 'stranger CAA 0 issue "ca.example; accounturi=https://ca.example/acct/2"',
    'method CAA 0 issue "ca.example; validationmethods=dns-01,xmpp-01"', "aliased CNAME forbidden", "www.forbidden A 127.0.0.1",
    f'accountmethod CAA 0 issue "ca.example; accounturi={ACCOUNT}; validationmethods=http-01"', 'twice CAA 0 issue "ca.example; accounturi=a; accounturi=a"',
    'grammar CAA 0 issue "ca.example what"', "under.allowed.forbidden A 127.0.0.1", 'allowed.forbidden CAA 0 issue "ca.example"',
    *[f'n{n} CAA 0 issue "{"other" if n == 7 else "ca"}.example"' for n in range(12)],
]


@pytest.fixture(scope="module")
def zones():
    signed = HERE + [f'proofs TXT "{TXT}"', f'_acme-challenge TXT "{TXT}"', 'strict CAA 0 issue "other.example"']
    plain = Zone("plain.example", PLAIN)
    bogus = Zone("bogus.example", HERE + [f'_acme-challenge TXT "{TXT}"', '@ CAA 0 issue "ca.example"'], Signing.BOGUS)
    with NameServer(output_directory("validate-dns"), [Zone("signed.example", signed, Signing.SIGNED), plain, bogus]) as server:
        yield server


@pytest.fixture(scope="module")
def validator(zones):
    return Validator(dns=zones.endpoint, trust_anchor=zones.trust_anchor)


def _kinds(answer):
    return [receipt["kind"] for receipt in answer.receipts]


# --- dns-01

def test_dns_01_is_proven_by_the_digest_alone_or_among_others_or_in_pieces(validator):
    names = ["plain.example", "several.plain.example", "split.plain.example", "signed.example"]
    for name, answer in validator.ask_all([("dns-01", name) for name in names]).items():
        assert answer.problem == "", (name, answer)
        assert _kinds(answer) == ["control", "caa"]
        assert 86400 - 60 < answer.receipts[0].pop("lifetime") <= 86400
        assert answer.receipts[0] == dict(kind="control", method="dns-01", identifier=name[1], wildcard=False)
        assert answer.receipts[1]["lifetime"] == 8 * 3600


def test_dns_01_follows_an_alias_into_another_zone(validator):
    assert "proofs.signed.example" in validator.ask("dns-01", "alias.plain.example").detail


def test_dns_01_proves_a_wildcard_and_writes_that_into_the_receipts(validator):
    answer = validator.ask("dns-01", "*.plain.example")
    assert answer.problem == "" and [receipt["wildcard"] for receipt in answer.receipts] == [True, True]
    assert [receipt["identifier"] for receipt in answer.receipts] == ["plain.example"] * 2


def test_dns_01_proves_a_service_at_the_services_own_name(validator):
    assert validator.ask("dns-01", "_xmpp-server.plain.example").problem == ""


def test_dns_01_says_what_is_there_instead(validator):
    expected = {
        "wrong": ("incorrectResponse", f'found 2 TXT records at _acme-challenge.wrong.plain.example, none is the expected "{TXT}"'),
        "spaced": ("incorrectResponse", f'found 1 TXT record at _acme-challenge.spaced.plain.example, and it isn\'t the expected "{TXT}"'),
        "none": ("unauthorized", "no TXT record at _acme-challenge.none.plain.example"),
        "x.ent": ("unauthorized", "no TXT record at _acme-challenge.x.ent.plain.example (the zone answered NXDOMAIN)"),
        "loose": ("unauthorized", "a CNAME leads to nothing.plain.example"),
    }
    answers = validator.ask_all([("dns-01", f"{name}.plain.example") for name in expected])
    for name, (problem, detail) in expected.items():
        answer = answers["dns-01", f"{name}.plain.example"]
        assert answer.problem == problem and detail in answer.detail and not answer.receipts, answer


def test_a_new_record_counts_at_once_and_so_does_its_end(validator, zones):
    name = "_acme-challenge.fresh.plain.example"
    assert validator.ask("dns-01", "fresh.plain.example").problem == "unauthorized"
    zones.add(name, "TXT", f'"{TXT}"')
    assert validator.ask("dns-01", "fresh.plain.example").problem == ""
    zones.delete(name, "TXT")
    assert validator.ask("dns-01", "fresh.plain.example").problem == "unauthorized"


def test_a_bogus_zone_refuses_everything(validator):
    answers = validator.ask_all([("dns-01", "bogus.example"), ("http-01", "bogus.example"), ("tls-alpn-01", "bogus.example"),
                                 ("caa:http-01", "bogus.example")])
    for answer in answers.values():
        assert answer.problem == "dns" and "bogus" in answer.detail and not answer.receipts, answer
        assert "127.0.0.1" not in answer.detail


def test_only_dns_01_proves_wildcards_and_services(validator):
    questions = [(challenge, name) for challenge in ("http-01", "tls-alpn-01") for name in ("*.plain.example", "_xmpp-server.plain.example")]
    for answer in validator.ask_all(questions + [("http-02", "plain.example"), ("dns-01", "a..example")]).values():
        assert answer.problem == "refused" and not answer.receipts


# --- CAA

@pytest.mark.parametrize("name, wildcard_too", [
    ("plain.example", True), ("allowed.plain.example", True), ("upper.plain.example", True), ("deep.below.allowed.plain.example", True),
    ("uncritical.plain.example", True), ("iodef.plain.example", True), ("account.plain.example", True), ("accountmethod.plain.example", True),
    ("big.plain.example", True), ("notwild.plain.example", False), ("under.allowed.forbidden.plain.example", True), ("signed.example", True)])
def test_caa_lets_us_issue(validator, name, wildcard_too):
    for question, answer in validator.ask_all([("caa:http-01", name), ("caa:http-01", "*." + name)]).items():
        if question[1] == name or wildcard_too:
            assert answer.problem == "" and _kinds(answer) == ["caa"], answer
        else:
            assert answer.problem == "caa"


@pytest.mark.parametrize("name, why", [
    ("forbidden.plain.example", "don't name this CA"), ("nobody.plain.example", "don't name this CA"), ("www.forbidden.plain.example", "at forbidden.plain"),
    ("aliased.plain.example", "at aliased.plain.example"), ("critical.plain.example", 'critical property "tbs"'), ("grammar.plain.example", "don't name"),
    ("stranger.plain.example", "accounturi"), ("method.plain.example", "validationmethods"), ("twice.plain.example", "twice"),
    ("bigforbidden.plain.example", "don't name"), ("strict.signed.example", "don't name"), ("deep.strict.signed.example", "at strict.signed")])
def test_caa_forbids_with_a_reason(validator, name, why):
    answer = validator.ask("caa:http-01", name)
    assert answer.problem == "caa" and why in answer.detail and not answer.receipts, answer


def test_caa_issuewild_alone_decides_on_wildcards(validator):
    answers = validator.ask_all([("caa:dns-01", "wild.plain.example"), ("caa:dns-01", "*.wild.plain.example")])
    assert answers["caa:dns-01", "wild.plain.example"].problem == "caa"
    assert answers["caa:dns-01", "*.wild.plain.example"].problem == ""


def test_caa_of_each_of_many_names_is_looked_at(validator):
    """A CA once checked one of N names N times: here one of twelve forbids, and exactly that one is refused."""
    answers = validator.ask_all([("caa:http-01", f"n{n}.plain.example") for n in range(12)])
    assert [n for n in range(12) if answers["caa:http-01", f"n{n}.plain.example"].problem] == [7]


def test_caa_stops_an_issuance_whose_control_is_proven(validator, zones):
    zones.add("_acme-challenge.forbidden.plain.example", "TXT", f'"{TXT}"')
    answer = validator.ask("dns-01", "forbidden.plain.example")
    assert answer.problem == "caa" and not answer.receipts


def test_a_failure_to_look_is_never_taken_for_no_record():
    names = {"servfail": "SERVFAIL", "refused": "REFUSED", "notimp": "", "truncated": "", "malformed": "", "silent": ""}
    with FakeDns() as server:
        validator = Validator(dns=server.endpoint)
        begun = time.monotonic()
        answers = validator.ask_all([("caa:http-01", f"www.{name}.example") for name in names] + [("caa:http-01", "good.example")])
        assert time.monotonic() - begun < 15
    assert answers["caa:http-01", "good.example"].problem == ""
    for name in names:
        answer = answers["caa:http-01", f"www.{name}.example"]
        assert answer.problem in ("dns", "caa") and not answer.receipts, (name, answer)
    assert answers["caa:http-01", "www.servfail.example"].problem == "dns"
    assert "SERVFAIL" in answers["caa:http-01", "www.servfail.example"].detail
    assert answers["caa:http-01", "www.silent.example"].detail.endswith(("timed out", "SERVFAIL"))


def test_a_name_server_that_is_not_there_refuses():
    answer = Validator(dns="127.0.0.1:9").ask("dns-01", "plain.example")
    assert answer.problem == "dns"


# --- http-01

def _serve(answers):
    """answers: path or (host, path) to (status, headers, body)."""
    def answer(host, path):
        return answers.get((host.split(":")[0], path)) or answers.get(path) or (404, {}, b"SECRET of somebody else")
    return answer


GOOD = (200, {}, KEY_AUTHORIZATION.encode())
PATH = PREFIX + TOKEN


def test_http_01_is_proven_by_the_key_authorization(validator):
    with WebServer(validator.http01_port, _serve({PATH: GOOD})) as server:
        answer = validator.ask("http-01", "www.plain.example")
        assert answer.problem == "" and _kinds(answer) == ["control", "caa"]
        assert answer.receipts[0]["method"] == "http-01"
        assert server.seen == [("www.plain.example", PATH)]


@pytest.mark.parametrize("body, proven", [
    (KEY_AUTHORIZATION + "\r\n \t\n", True), (" " + KEY_AUTHORIZATION, False), (KEY_AUTHORIZATION + "x", False), (KEY_AUTHORIZATION[:-1], False),
    (TOKEN, False), ("", False), (KEY_AUTHORIZATION + " " * 5000, False)])
def test_http_01_compares_the_whole_body(validator, body, proven):
    with WebServer(validator.http01_port, _serve({PATH: (200, {}, body.encode())})):
        answer = validator.ask("http-01", "plain.example")
    assert answer.problem == ("" if proven else "incorrectResponse"), answer
    assert proven or f"http://plain.example{PATH} answered" in answer.detail


def test_http_01_tells_status_and_address_and_never_the_body(validator):
    with WebServer(validator.http01_port, _serve({})):
        answer = validator.ask("http-01", "plain.example")
    assert answer.problem == "unauthorized"
    assert answer.detail == f"http://plain.example{PATH} answered 404 from 127.0.0.1"


def test_http_01_says_that_nobody_is_there(validator):
    answer = validator.ask("http-01", "plain.example")
    assert answer.problem == "connection"
    assert answer.detail.endswith(f"can't be reached at 127.0.0.1 port {validator.http01_port}: Connection refused"), answer


def test_http_01_tries_ipv6_first_and_falls_back_to_ipv4(validator):
    with WebServer(validator.http01_port, _serve({PATH: GOOD})):
        answer = validator.ask("http-01", "both.plain.example")
    assert answer.problem == "" and "from 127.0.0.1" in answer.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_http_01_follows_redirects(validator, status):
    port = validator.http01_port
    with WebServer(port, _serve({PATH: (status, {"Location": f"http://next.plain.example:{port}/there?a=b#c"}, b"moved" * 2000),
                                 ("next.plain.example", "/there?a=b"): (status, {"Location": "../deep/er/./x"}, b""),
                                 ("next.plain.example", "/deep/er/x"): GOOD})):
        assert validator.ask("http-01", "plain.example").problem == ""


def test_http_01_follows_a_redirect_to_https_whatever_its_certificate(validator, workdir):
    pem = certificate(workdir, ["somebody-else.example"], b"", oid=None)
    body = KEY_AUTHORIZATION.encode()
    greeting = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with WebServer(validator.http01_port, _serve({PATH: (302, {"Location": f"https://tls.plain.example:{validator.https_port}/x"}, b"")})), \
            TlsServer(validator.https_port, pem, protocols=(), greeting=greeting) as tls:
        assert validator.ask("http-01", "plain.example").problem == ""
        assert tls.seen == ["tls.plain.example"]


def test_http_01_follows_ten_redirects_and_no_more(validator):
    port, steps = validator.http01_port, {}
    for n in range(12):
        steps[f"/{n}"] = (302, {"Location": f"/{n + 1}"}, b"")
    with WebServer(port, _serve({**steps, PATH: (302, {"Location": "/3"}, b""), "/12": GOOD})):
        assert validator.ask("http-01", "plain.example").problem == ""  # 3 to 12 and the first: ten
    with WebServer(port, _serve({**steps, PATH: (302, {"Location": "/2"}, b""), "/12": GOOD})) as server:
        answer = validator.ask("http-01", "plain.example")
        assert answer.problem == "incorrectResponse" and "once too often" in answer.detail
        assert len(server.seen) == 11


@pytest.mark.parametrize("location", [
    "http://127.0.0.1:{port}/", "http://[::1]:{port}/", "http://0x7f000001:{port}/", "http://2130706433:{port}/", "http://127.1:{port}/", "http://plain.example:22/",
    "http://plain.example:443/", "https://plain.example:80/", "ftp://plain.example/", "file:///etc/passwd", "gopher://plain.example:{port}/",
    "http://user@plain.example:{port}/", "http://user:secret@plain.example:{port}/", "javascript:x", "//user@plain.example:{port}/", "http://", "",
    "http://plain.example:{port}/a\tb", "http://plain.example:{port}/" + "x" * 2100, "http://plain.example%00.example:{port}/", "http://[fe80::1%25eth0]/"])
def test_http_01_does_not_follow_a_redirect_that_leads_elsewhere(validator, location):
    where = location.format(port=validator.http01_port)
    with WebServer(validator.http01_port, _serve({PATH: (302, {"Location": where}, b""), "/": GOOD})) as server:
        answer = validator.ask("http-01", "plain.example")
        assert answer.problem == "incorrectResponse" and "isn't followed" in answer.detail, answer
        assert len(server.seen) == 1


def test_http_01_dials_no_address_inside_on_any_hop(zones):
    """127.0.0.2 plays the public server; what it redirects to is on 127.0.0.1, which is nobody's business."""
    validator = Validator(dns=zones.endpoint, trust_anchor=zones.trust_anchor, allow=["127.0.0.2"])
    port = validator.http01_port
    with WebServer(port, _serve({PATH: (302, {"Location": f"http://plain.example:{port}/"}, b"")}, ), "127.0.0.2"), \
            WebServer(port, _serve({"/": GOOD})) as inside:
        answer = validator.ask("http-01", "second.plain.example")
        assert answer.problem == "connection" and "127.0.0.1 is a loopback address" in answer.detail
        assert not inside.seen


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_addresses_inside_are_refused_in_every_disguise(zones, challenge):
    validator = Validator(dns=zones.endpoint, trust_anchor=zones.trust_anchor, allow=[])
    expected = dict(plain="loopback", private="private", linklocal="link-local", shared="carrier", zero="unspecified", ula="private", zone="link-local",
                    mapped="IPv4-mapped", mappedloop="IPv4-mapped", compatible="IPv4-compatible", nat64="NAT64", sixtofour="6to4", teredo="Teredo",
                    multicast="multicast")
    answers = validator.ask_all([(challenge, f"{name}.plain.example") for name in expected])
    for name, what in expected.items():
        answer = answers[challenge, f"{name}.plain.example"]
        assert answer.problem == "connection" and what in answer.detail, answer


def test_http_01_bounds_headers_and_hears_no_other_protocol(validator, workdir):
    flood = {f"X-{n}": "x" * 1000 for n in range(60)}
    with WebServer(validator.http01_port, _serve({PATH: (200, flood, KEY_AUTHORIZATION.encode())})):
        assert validator.ask("http-01", "plain.example").problem == "incorrectResponse"
    with TlsServer(validator.http01_port, certificate(workdir, ["plain.example"], b"", oid=None)):
        assert validator.ask("http-01", "plain.example").problem == "connection"


def test_http_01_needs_a_name_with_an_address(validator):
    answers = validator.ask_all([("http-01", "empty.plain.example"), ("http-01", "nx.ent.plain.example")])
    assert answers["http-01", "empty.plain.example"].detail == "empty.plain.example has no address (neither an A nor an AAAA record)"
    assert "NXDOMAIN" in answers["http-01", "nx.ent.plain.example"].detail
    assert {answer.problem for answer in answers.values()} == {"dns"}


def test_a_ca_to_play_with_has_one_address_for_all_names_and_no_caa():
    validator = Validator(resolve_all="127.0.0.1")
    with WebServer(validator.http01_port, _serve({PATH: GOOD})):
        answers = validator.ask_all([("http-01", "anything.at.all"), ("http-01", "localhost"), ("dns-01", "anything.at.all")])
    assert answers["http-01", "anything.at.all"].problem == "" and answers["http-01", "localhost"].problem == ""
    assert answers["dns-01", "anything.at.all"].problem == "unauthorized"


def test_many_questions_run_side_by_side(validator):
    names = [f"many-{n}.plain.example" for n in range(200)]
    with WebServer(validator.http01_port, _serve({PATH: GOOD})):
        answers = validator.ask_all([("http-01", name) for name in names])
    assert [name for name in names if answers["http-01", name].problem] == []


# --- tls-alpn-01

def _show(validator, workdir, names, digest=DIGEST, *, server=None, name="plain.example", **how):
    with TlsServer(validator.tlsalpn01_port, certificate(workdir, names, digest, **how), **(server or {})) as tls:
        answer = validator.ask("tls-alpn-01", name)
        assert tls.seen in ([name], [])
        return answer


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_alpn_01_is_proven_by_its_certificate(validator, workdir, version):
    answer = _show(validator, workdir, ["Plain.Example"], server=dict(version=version))
    assert answer.problem == "" and _kinds(answer) == ["control", "caa"] and answer.receipts[0]["method"] == "tls-alpn-01", answer


@pytest.mark.parametrize("names, how, why", [
    (["plain.example"], dict(oid="1.3.6.1.5.5.7.1.30.1"), "has no acmeIdentifier"),
    (["plain.example"], dict(oid=None), "has no acmeIdentifier"),
    (["plain.example"], dict(critical=False), "isn't critical"),
    (["plain.example"], dict(digest=bytes(32)), "another key authorization"),
    (["plain.example"], dict(digest=DIGEST[:31]), "no SHA-256"),
    (["plain.example"], dict(value=DIGEST), "no SHA-256"),
    (["plain.example"], dict(value=b"\x04\x20" + DIGEST + b"\x05\x00"), "no SHA-256"),
    (["plain.example", "other.example"], {}, "more than one"),
    (["plain.example", "plain.example"], {}, "more than one"),
    (["plain.example", x509.RFC822Name("x@plain.example")], {}, "more than one"),
    ([x509.RFC822Name("x@plain.example")], {}, "no dNSName"),
    ([], {}, "no subjectAltName"),
    (["other.example"], {}, "another name"),
    (["www.plain.example"], {}, "another name"),
    (["*.example"], {}, "another name"),
    (["plain.example"], dict(issuer="a real CA", foreign_key=True), "isn't self-signed"),
    (["plain.example"], dict(foreign_key=True), "signature"),
])
def test_tls_alpn_01_refuses_a_certificate_that_rfc_8737_does_not_mean(validator, workdir, names, how, why):
    how = dict(how)
    answer = _show(validator, workdir, names, how.pop("digest", DIGEST), **how)
    assert answer.problem == "incorrectResponse" and why in answer.detail and not answer.receipts, answer


@pytest.mark.parametrize("server, why", [
    (dict(version=ssl.TLSVersion.TLSv1_1), "protocol version"), (dict(version=ssl.TLSVersion.TLSv1), "protocol version"),
    (dict(protocols=()), "acme-tls/1 (ALPN)"), (dict(protocols=("http/1.1",)), "acme-tls/1 (ALPN)")],
    ids=["tls-1.1", "tls-1.0", "no-alpn", "other-alpn"])
def test_tls_alpn_01_needs_tls_1_2_and_its_own_protocol(validator, workdir, server, why):
    answer = _show(validator, workdir, ["plain.example"], server=server)
    assert answer.problem == "tls" and why in answer.detail and not answer.receipts, answer


def test_tls_alpn_01_says_that_nobody_is_there(validator):
    answer = validator.ask("tls-alpn-01", "both.plain.example")
    assert answer.problem == "connection" and "Connection refused" in answer.detail


def test_tls_alpn_01_gives_up_on_who_never_answers(validator):
    with socket.create_server(("127.0.0.1", validator.tlsalpn01_port)):
        begun = time.monotonic()
        answer = validator.ask("tls-alpn-01", "plain.example")
        assert answer.problem == "tls" and "no answer in time" in answer.detail and time.monotonic() - begun < 14


def test_tls_alpn_01_falls_back_to_ipv4(validator, workdir):
    assert _show(validator, workdir, ["both.plain.example"], name="both.plain.example").problem == ""


def test_tls_alpn_01_hears_no_other_protocol(validator):
    with WebServer(validator.tlsalpn01_port, _serve({})):
        answer = validator.ask("tls-alpn-01", "plain.example")
    assert answer.problem == "tls" and "wrong version number" in answer.detail
