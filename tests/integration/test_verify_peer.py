"""`xica verify`: which chains prove a domain to a client or to another server. The table is that of what verifiers should do."""
import json
import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.paths import BUILD
from lab.peer_certs import BOTH, NOW, YEAR, Party, dns, make_root, srv, weak_key, xmpp

AT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
D = "example.org"
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
ANY = (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)
CODE = (ExtendedKeyUsageOID.CODE_SIGNING,)


class Hierarchy:
    def __init__(self, folder):
        self.folder, self.root = folder, make_root()
        self.intermediate = self.root.issue_ca("Example Intermediate", 0)
        (folder / "root.pem").write_text(self.root.pem)
        (folder / "root.crl").write_text(self.root.crl())

    def server(self, names, **options):
        return self.intermediate.issue_server(names, **options)


@pytest.fixture(scope="module")
def pki(output):
    folder = output / "verify_peer"
    folder.mkdir(parents=True)
    return Hierarchy(folder)


@pytest.fixture
def ask(pki, workdir):
    """Runs xica verify for chains below the root; returns the JSON, having compared it with the text and the exit code."""
    def run(*chain, domain=D, role="s2s", at=AT, ca_file=pki.folder / "root.pem", crls=()):
        file = workdir / "chain.pem"
        file.write_text("".join(party.pem for party in chain))
        words = ["verify", "--domain", domain, "--role", role, "--at", at, "--ca-file", ca_file, file]
        for number, crl in enumerate(crls):
            (workdir / f"{number}.crl").write_text(crl)
            words += ["--crl", workdir / f"{number}.crl"]
        as_json, as_text = (subprocess.run([BUILD / "xica", *words, *extra], capture_output=True, timeout=30) for extra in (["--json"], []))
        assert as_json.stderr == b"" and as_text.stderr == b""
        answer = json.loads(as_json.stdout)
        assert as_json.returncode == as_text.returncode == {"accept": 0, "reject": 1}[answer["verdict"]]
        text = as_text.stdout.decode()
        assert text.startswith(f"{file}: {answer['verdict']}\n")
        assert all(f"  {reason['text']}\n" in text for reason in answer["reasons"])
        return answer
    return run


def accepted(answer):
    assert (answer["verdict"], answer["reasons"]) == ("accept", [])
    return next(f"{name['kind']} {name['name']}" for name in answer["names"] if name["proves"])


def refused(answer, fault):
    assert answer["verdict"] == "reject"
    assert [reason["fault"] for reason in answer["reasons"]] == [fault]
    text = answer["reasons"][0]["text"]
    assert text[0].isupper() and text.endswith(".")
    return text


# What certificates.md's column "should" says: one row a certificate.
SHOULD = [
    ("dNSName", [dns(D)], {}, "accept"),
    ("SRVName only", [srv(f"_xmpp-server.{D}")], {}, "accept"),
    ("dNSName, SRVName and XmppAddr", [dns(D), srv(f"_xmpp-server.{D}"), xmpp(D)], {}, "accept"),
    ("upper-case dNSName", [dns("EXAMPLE.Org")], {}, "accept"),
    ("CN only", [], {"common_name": D}, "reject"),
    ("CN is the domain, SAN is other", [dns("other.example")], {"common_name": D}, "reject"),
    ("_xmpp-client shown on s2s", [srv(f"_xmpp-client.{D}")], {}, "reject"),
    ("serverAuth only from the connecting server", [dns(D)], {"purposes": SERVER}, "accept"),
]


@pytest.mark.parametrize("names, options, should", [row[1:] for row in SHOULD], ids=[row[0] for row in SHOULD])
def test_the_verdict_is_what_verifiers_should_say(pki, ask, names, options, should):
    assert ask(pki.server(names, **options), pki.intermediate)["verdict"] == should


def test_a_revoked_certificate_is_refused_by_its_list(pki, ask):
    good, bad = pki.server([dns(D)]), pki.server([dns(D)])
    crls = [pki.root.crl(), pki.intermediate.crl(bad)]
    accepted(ask(good, pki.intermediate, crls=crls))
    assert "is revoked" in refused(ask(bad, pki.intermediate, crls=crls), "revoked")
    answer = ask(bad, pki.intermediate)
    assert answer["verdict"] == "accept" and answer["revocation_checked"] is False, "without a list nobody can know"


# --- names

@pytest.mark.parametrize("name, role", [(dns(D), "c2s"), (dns(D), "s2s"), (srv(f"_xmpp-client.{D}"), "c2s"), (srv("_XMPP-Server.EXAMPLE.org"), "s2s"),
                                        (xmpp(D), "c2s"), (xmpp("Example.ORG"), "s2s")])
def test_any_one_name_suffices(pki, ask, name, role):
    accepted(ask(pki.server([dns("other.example"), name]), pki.intermediate, role=role))


@pytest.mark.parametrize("name, role, why", [
    (srv(f"_xmpp-client.{D}"), "s2s", "servers look for _xmpp-server"),
    (srv(f"_xmpp-server.{D}"), "c2s", "clients look for _xmpp-client"),
    (srv(f"_imaps.{D}"), "c2s", "is for another service"),
    (srv(f"_xmpp-server._tcp.{D}"), "s2s", "without a protocol"),
    (srv("_xmpp-server.*.org"), "s2s", "wildcard, which only a dNSName may"),
    (srv("_xmpp-server.other.example"), "s2s", "is for another domain"),
    (xmpp(f"juliet@{D}"), "s2s", "is the address of a user"),
    (xmpp(f"{D}/balcony"), "s2s", "is the address of a user or a resource"),
    (xmpp("other.example"), "s2s", "is another domain"),
    (dns("other.example"), "c2s", "is another name"),
    (dns(f"sub.{D}"), "c2s", "is another name"),
    (dns(f"{D}.evil.example"), "c2s", "is another name"),
    (dns(f"{D}\0.evil.example"), "c2s", "holds characters that a dNSName can't have"),
    (dns(f"{D}."), "c2s", "is another name"),
    (x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), b"\x0c\x18_xmpp-server.example.org"), "s2s", "is no IA5String"),
])
def test_another_name_is_refused_with_the_reason(pki, ask, name, role, why):
    answer = ask(pki.server([name]), pki.intermediate, role=role)
    text = refused(answer, "name")
    assert why in text and why in answer["names"][0]["why"]
    assert f"for {role}" in text


def test_a_certificate_without_names_is_refused_and_the_common_name_is_spoken_of(pki, ask):
    assert "no dNSName, SRVName or XmppAddr, and its common name is no identifier" in refused(ask(pki.server([], common_name=D), pki.intermediate), "name")
    assert "its common name is the domain, and is no identifier" in refused(
        ask(pki.server([dns("other.example")], common_name=D), pki.intermediate), "name")


def test_other_general_names_are_passed_over(pki, ask):
    names = [x509.RFC822Name("admin@example.org"), x509.UniformResourceIdentifier("https://example.org"),
             x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")]
    assert refused(ask(pki.server(names), pki.intermediate), "name").startswith("It has no dNSName")
    assert accepted(ask(pki.server([*names, dns(D)]), pki.intermediate)) == f"dNSName {D}"


@pytest.mark.parametrize("wildcard, domain", [("*.example.org", "chat.example.org"), ("*.EXAMPLE.org", "Chat.Example.org"),
                                              ("*.example.org", "xn--bcher-kva.example.org")])
def test_a_wildcard_stands_for_one_label(pki, ask, wildcard, domain):
    assert accepted(ask(pki.server([dns(wildcard)]), pki.intermediate, domain=domain)) == f"dNSName {wildcard}"


@pytest.mark.parametrize("wildcard, domain, why", [
    ("*.example.org", "example.org", "not for the domain itself"),
    ("*.example.org", "a.b.example.org", "stands for one label and not for several"),
    ("*.example.org", "chat.example.net", "is a wildcard for other names"),
    ("*.example.org", "chat.badexample.org", "is a wildcard for other names"),
    ("c*.example.org", "chat.example.org", "not its whole left-most label"),
    ("*t.example.org", "chat.example.org", "not its whole left-most label"),
    ("xn--*.example.org", "xn--bcher-kva.example.org", "not its whole left-most label"),
    ("chat.*.org", "chat.example.org", "not its whole left-most label"),
    ("*.*.org", "chat.example.org", "more than one wildcard"),
    ("*.org", "example.org", "a whole top-level domain"),
    ("*", "localhost", "not its whole left-most label"),
])
def test_other_wildcards_are_refused(pki, ask, wildcard, domain, why):
    assert why in refused(ask(pki.server([dns(wildcard)]), pki.intermediate, domain=domain), "name")


@pytest.mark.parametrize("name", [dns("xn--bcher-kva.example"), dns("XN--Bcher-KVA.example"), srv("_xmpp-server.xn--bcher-kva.example"),
                                  xmpp("bücher.example"), xmpp("xn--bcher-kva.example")])
@pytest.mark.parametrize("domain", ["bücher.example", "xn--bcher-kva.example", "bücher.example."])
def test_internationalised_names_compare_in_a_labels(pki, ask, name, domain):
    answer = ask(pki.server([name]), pki.intermediate, domain=domain)
    accepted(answer)
    assert answer["domain"] == "xn--bcher-kva.example"


# --- purposes

@pytest.mark.parametrize("purposes, role", [(None, "c2s"), (None, "s2s"), (BOTH, "c2s"), (SERVER, "c2s"), (SERVER, "s2s"), (CLIENT, "s2s"), (ANY, "c2s"),
                                            (ANY, "s2s"), (CODE + SERVER, "s2s")])
def test_a_purpose_of_tls_or_none_is_accepted(pki, ask, purposes, role):
    accepted(ask(pki.server([dns(D)], purposes=purposes), pki.intermediate, role=role))


@pytest.mark.parametrize("purposes, role, why", [(CODE, "c2s", "neither servers nor clients"), (CODE, "s2s", "neither servers nor clients"),
                                                 (CLIENT, "c2s", "for clients alone")])
def test_another_purpose_is_refused(pki, ask, purposes, role, why):
    assert why in refused(ask(pki.server([dns(D)], purposes=purposes), pki.intermediate, role=role), "purpose")


def test_a_ca_for_another_purpose_is_refused(pki, ask):
    signer = pki.root.issue_ca("Code Signing CA", extra=[(x509.ExtendedKeyUsage(CODE), False)])
    text = refused(ask(signer.issue_server([dns(D)]), signer), "purpose")
    assert 'CA\'s certificate "O=Example Federation, CN=Code Signing CA" is for neither' in text


def _usage(**bits):
    every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
             "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{bit: bits.get(bit, False) for bit in every})


def test_a_key_usage_without_tls_is_refused(pki, ask):
    accepted(ask(pki.server([dns(D)], extra=[(_usage(digital_signature=True), True)]), pki.intermediate))
    assert "permits no TLS" in refused(ask(pki.server([dns(D)], extra=[(_usage(content_commitment=True), True)]), pki.intermediate), "purpose")


# --- chain

def test_an_expired_certificate_is_refused_with_its_date(pki, ask):
    old = pki.server([dns(D)], start=NOW - YEAR, end=NOW - timedelta(days=1))
    assert "has expired: it was good until 2026-05-31T00:00:00Z." in refused(ask(old, pki.intermediate), "expired")
    accepted(ask(old, pki.intermediate, at="2026-05-30T00:00:00Z"))


def test_a_certificate_of_the_future_is_refused_with_its_date(pki, ask):
    new = pki.server([dns(D)], start=NOW + timedelta(days=1))
    assert "it is good from 2026-06-02T00:00:00Z on." in refused(ask(new, pki.intermediate), "not-yet-valid")


def test_an_expired_intermediate_is_refused_by_name(pki, ask):
    old = pki.root.issue_ca("Old CA", end=NOW - timedelta(days=1))
    assert 'The CA\'s certificate "O=Example Federation, CN=Old CA" has expired' in refused(ask(old.issue_server([dns(D)]), old), "expired")


def test_a_chain_without_its_intermediate_is_refused(pki, ask):
    assert "its issuer's certificate is missing" in refused(ask(pki.server([dns(D)])), "untrusted")


def test_the_order_of_the_intermediates_and_a_root_in_the_chain_do_not_matter(pki, ask):
    second = pki.root.issue_ca("First CA").issue_ca("unused")
    first = pki.root.issue_ca("Upper CA")
    lower = first.issue_ca("Lower CA")
    accepted(ask(lower.issue_server([dns(D)]), pki.root, first, second, lower))


def test_another_root_is_not_trusted(pki, ask):
    root = make_root("Another Root")
    assert "a root, but none of those that are trusted" in refused(ask(root.issue_server([dns(D)]), root), "untrusted")


def test_a_root_of_the_same_name_with_another_key_is_not_trusted(pki, ask):
    root = make_root()
    assert ask(root.issue_server([dns(D)]))["reasons"][0]["fault"] in ("untrusted", "invalid")


def test_a_self_signed_certificate_is_trusted_only_where_it_is_a_root(ask, workdir):
    own = Party("server")
    own.issue(own, [(x509.SubjectAlternativeName([dns(D)]), False)])
    assert "is self-signed" in refused(ask(own), "untrusted")
    (workdir / "own.pem").write_text(own.pem)
    accepted(ask(own, ca_file=workdir / "own.pem"))


def test_several_faults_are_all_told(pki, ask):
    answer = ask(pki.server([dns("other.example")], purposes=CODE, end=NOW - timedelta(days=1)), pki.intermediate)
    assert [reason["fault"] for reason in answer["reasons"]] == ["name", "purpose", "expired"]


def test_a_server_is_no_ca(pki, ask):
    server = pki.server([dns(D)], common_name="no CA")
    assert ask(server.issue_server([dns(D)]), server, pki.intermediate)["reasons"][0]["fault"] == "invalid"
    bare = pki.root.issue_ca("Without basicConstraints", ca=False)
    assert "is no CA's" in refused(ask(bare.issue_server([dns(D)]), bare), "invalid")


def test_the_path_length_is_kept(pki, ask):
    lower = pki.intermediate.issue_ca("Too low")
    assert "more CAs below it" in refused(ask(lower.issue_server([dns(D)]), lower, pki.intermediate), "invalid")


def test_name_constraints_are_kept(pki, ask):
    bound = pki.root.issue_ca("Bound CA", extra=[(x509.NameConstraints([x509.DNSName("example.net")], None), True)])
    accepted(ask(bound.issue_server([dns("chat.example.net")]), bound, domain="chat.example.net"))
    assert "not permitted to certify" in refused(ask(bound.issue_server([dns(D)]), bound), "invalid")


def test_weak_keys_and_digests_are_refused(pki, ask):
    assert "too weak" in refused(ask(pki.server([dns(D)], key=weak_key()), pki.intermediate), "weak")
    assert "too weak" in refused(ask(pki.server([dns(D)], digest=hashes.SHA1()), pki.intermediate), "weak")


def test_an_unknown_critical_extension_is_refused(pki, ask):
    strange = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    assert "critical extension" in refused(ask(pki.server([dns(D)], extra=[strange]), pki.intermediate), "invalid")


def test_with_revocation_lists_every_certificate_needs_a_good_one(pki, ask):
    server = pki.server([dns(D)])
    assert "no revocation list" in refused(ask(server, pki.intermediate, crls=[pki.root.crl()]), "no-status")
    old = pki.intermediate.crl(start=NOW - timedelta(days=9), end=NOW - timedelta(days=2))
    assert "out of date" in refused(ask(server, pki.intermediate, crls=[pki.root.crl(), old]), "no-status")
    forged = Party("Example Intermediate").crl()
    assert "wrong signature" in refused(ask(server, pki.intermediate, crls=[pki.root.crl(), forged]), "no-status")


def test_a_revoked_intermediate_is_refused_by_name(pki, ask):
    fallen = pki.root.issue_ca("Fallen CA")
    text = refused(ask(fallen.issue_server([dns(D)]), fallen, crls=[pki.root.crl(fallen), fallen.crl()]), "revoked")
    assert "CN=Fallen CA" in text


def test_endless_chains_are_refused(pki, ask):
    assert "more than 16" in refused(ask(*[pki.server([dns(D)])] * 17), "malformed")


# --- the command line

def _xica(*words, stdin=None):
    return subprocess.run([BUILD / "xica", "verify", *words], input=stdin, capture_output=True, timeout=30)


@pytest.mark.parametrize("content, why", [(b"", b"There is no certificate."), (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", b"broken PEM"),
                                          (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", b"cannot be read")])
def test_a_chain_that_is_none_is_refused(pki, content, why):
    done = _xica("--domain", D, "--role", "c2s", "--ca-file", pki.folder / "root.pem", "-", stdin=content)
    assert done.returncode == 1 and done.stdout.startswith(b"-: reject\n") and why in done.stdout


def test_der_is_read_as_well_as_pem(pki, workdir):
    server = pki.root.issue_server([dns(D)])
    (workdir / "server.der").write_bytes(server.certificate.public_bytes(Encoding.DER))
    (workdir / "root.crl").write_bytes(x509.load_pem_x509_crl(pki.root.crl().encode()).public_bytes(Encoding.DER))
    done = _xica("--domain", D, "--role", "c2s", "--ca-file", pki.folder / "root.pem", "--crl", workdir / "root.crl", "--at", AT, workdir / "server.der")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{workdir}/server.der: accept".encode())


@pytest.mark.parametrize("words, said", [
    ([], "--domain is missing"),
    (["--domain", D], "--role is missing"),
    (["--domain", D, "--role", "both", "x"], "--role is c2s or s2s"),
    (["--domain", D, "--role", "c2s"], "the chain's file is missing"),
    (["--domain", D, "--role", "c2s", "x", "y"], "one chain at a time"),
    (["--domain", "*.example.org", "--role", "c2s", "x"], "--domain '*.example.org': a wildcard"),
    (["--domain", "", "--role", "c2s", "x"], "the name is empty"),
    (["--domain", "192.0.2.1", "--role", "c2s", "x"], "this is an IP address"),
    (["--domain", "juliet@example.org", "--role", "c2s", "x"], "--domain 'juliet@example.org'"),
    (["--domain", D, "--role", "c2s", "--at", "tomorrow", "x"], "--at wants a time"),
    (["--bogus"], "unknown option"),
])
def test_what_is_typed_wrongly_is_named(words, said):
    done = _xica(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode() and "xica verify --help" in done.stderr.decode()


def test_a_file_that_can_not_be_read_is_named(pki, workdir):
    (workdir / "chain.pem").write_text(pki.server([dns(D)]).pem)
    for option in ("--ca-file", "--crl"):
        done = _xica("--domain", D, "--role", "c2s", option, "/nowhere.pem", workdir / "chain.pem")
        assert done.returncode == 1 and b"/nowhere.pem: No such file" in done.stderr


def test_without_roots_of_ones_own_those_of_the_system_count(pki, workdir):
    (workdir / "chain.pem").write_text(pki.server([dns(D)]).pem + pki.intermediate.pem)
    done = _xica("--domain", D, "--role", "c2s", "--at", AT, workdir / "chain.pem")
    assert done.returncode == 1 and b"no root that is trusted" in done.stdout
