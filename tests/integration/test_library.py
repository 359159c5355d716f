"""libxica's ACME client: the example of docs/integrate.md ends with a certificate, and a server that has the library loaded shows the proofs in its own process."""
import json
import re
import socket
import threading
import time

import pytest

from lab import certs, libxica
from lab.paths import BUILD, ROOT
from lab.ports import free_port
from lab.process import run
from lab.tlsserver import certificate
from lab.webserver import Http01
from lab.xicad import Xicad
from lab.xmppserver import XmppServer


_OPTION = re.compile(r"(^|\s)--\w")  # words of a program that isn't used


@pytest.fixture(scope="module")
def own_ca(output, nameserver):
    """A CA that looks for XMPP servers at a free port."""
    port = free_port()
    with Xicad(output / "library-ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--xmpp-port", port]) as running:
        running.xmpp_port = port
        yield running


@pytest.fixture(scope="module")
def closed_ca(output, nameserver):
    """A CA that opens accounts to those alone who have a key of it."""
    with Xicad(output / "library-closed-ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor, options=["--eab-required"]) as running:
        yield running


@pytest.fixture
def pem(workdir):
    return certificate(workdir, ["unrelated.invalid"], b"", oid=None)


@pytest.fixture
def account_key():
    return libxica.make_key()


def _order(ca, names, account_key, **options):
    return libxica.order(ca.directory_url, names, roots_pem=ca.root_pem.read_text(), account_key_pem=account_key, **options)


def _issued(got, workdir):
    key = workdir / "key.pem"
    key.write_text(got.key_pem)
    return certs.Issued(got.chain_pem, key)


class Shown:
    """What a server shows at the moment, by where; and all that it was ever asked to show and to hide."""

    def __init__(self, into=None):
        self.now, self.shown, self.hidden = into if into is not None else {}, [], []

    def show(self, challenge):
        where = challenge.where.decode()
        self.shown.append((challenge.identifier.decode(), where, challenge.value.decode()))
        self.now[where] = self.now.get(where, "") + challenge.value.decode()

    def hide(self, challenge):
        self.hidden.append((challenge.identifier.decode(), challenge.where.decode(), challenge.value.decode()))
        self.now.pop(challenge.where.decode(), None)


# --- the example

@pytest.fixture(scope="module")
def example(output):
    """docs/examples/get.c, built as somebody builds it who has installed the library."""
    root = output / "library-root"
    run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--tags", "devel,libxica", "--destdir", root], quiet=True)
    (config,), (library,) = root.glob("**/xica.pc"), root.glob("**/libxica.so")
    environment = {"PKG_CONFIG_LIBDIR": config.parent, "PKG_CONFIG_SYSROOT_DIR": root, "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"}
    flags = run(["pkg-config", "--cflags", "--libs", "xica"], env=environment, quiet=True).stdout.split()
    program = root / "get"
    run(["cc", "-Wall", "-Wextra", "-Werror", "-o", program, ROOT / "docs" / "examples" / "get.c", *flags, "-pthread"], quiet=True)
    return program, {"LD_LIBRARY_PATH": library.parent}


def test_the_example_is_a_whole_program_of_less_than_80_lines_that_ends_with_a_certificate(example, ca, domain, workdir):
    assert len((ROOT / "docs" / "examples" / "get.c").read_text().splitlines()) < 80
    program, environment = example
    names = [domain, f"conference.{domain}"]
    argv = [program, ca.directory_url, ca.root_pem, ca.http01_port, *names]
    run(argv, env=environment, cwd=workdir)
    account = (workdir / "account.pem").read_text()
    certs.check_xmpp_certificate(certs.Issued((workdir / "chain.pem").read_text(), workdir / "key.pem"), names, ca.root_pem, workdir)
    public = run(["openssl", "pkey", "-in", workdir / "key.pem", "-pubout"], quiet=True).stdout
    assert public in run(["openssl", "x509", "-in", workdir / "chain.pem", "-noout", "-pubkey"], quiet=True).stdout
    run(argv, env=environment, cwd=workdir)
    assert (workdir / "account.pem").read_text() == account


def test_the_example_says_what_went_wrong(example, ca, domain, workdir):
    program, environment = example
    done = run([program, ca.directory_url, ca.root_pem, free_port(), domain], env=environment, cwd=workdir, check=False)
    assert done.returncode == 1 and f"{domain} is not proven" in done.stdout and "(connection)" in done.stdout
    assert not _OPTION.search(done.stdout)


def test_the_manual_for_authors_names_it():
    assert "examples/get.c" in (ROOT / "docs" / "integrate.md").read_text()


# --- a server shows the proof itself

def test_an_xmpp_server_shows_the_proof_in_its_own_streams(own_ca, pem, account_key, domain, workdir):
    names = [domain, f"conference.{domain}"]
    with XmppServer(pem, port=own_ca.xmpp_port) as server:
        shown, lines = Shown(server.shown), []
        got = libxica.get(_order(own_ca, names, account_key, show=shown.show, hide=shown.hide, progress=lines.append))
    assert got.result == libxica.DONE, got.text
    certs.check_xmpp_certificate(_issued(got, workdir), names, own_ca.root_pem, workdir)
    assert shown.now == {} and sorted(shown.shown) == sorted(shown.hidden)
    assert sorted(shown.shown)[0][:2] == (names[1], names[1]) and shown.shown[0][2].startswith("<acme xmlns='urn:xica:acme:0' token='")
    assert f"{domain}: proven by xmpp-01" in lines
    assert got.not_before < time.time() < got.not_after and got.account_url.startswith("https://")


def test_the_service_alone_is_proven_by_its_server(own_ca, pem, account_key, domain, workdir):
    with XmppServer(pem, port=own_ca.xmpp_port) as server:
        shown = Shown(server.shown)
        got = libxica.get(_order(own_ca, [f"_xmpp-server.{domain}"], account_key, profile="delegated", show=shown.show, hide=shown.hide))
    assert got.result == libxica.DONE, got.text
    assert certs.srv_names(_issued(got, workdir).leaf) == [f"_xmpp-server.{domain}"] and shown.shown[0][:2] == (f"_xmpp-server.{domain}", domain)


def test_a_web_server_shows_it_by_http_01(ca, http01, account_key, domain):
    def show(challenge):
        assert challenge.where.decode() == f"/.well-known/acme-challenge/{challenge.token.decode()}"
        http01.answers[challenge.token.decode()] = challenge.value.decode()
    assert libxica.get(_order(ca, [domain], account_key, proof=libxica.HTTP_01, show=show)).result == libxica.DONE


def test_domain_and_wildcard_are_two_records_of_one_name_by_dns_01(ca, nameserver, account_key, domain):
    shown = Shown()

    def show(challenge):
        shown.show(challenge)
        nameserver.add(challenge.where.decode(), "TXT", challenge.value.decode())
    got = libxica.get(_order(ca, [domain, f"*.{domain}"], account_key, proof=libxica.DNS_01, show=show, hide=shown.hide))
    assert got.result == libxica.DONE, got.text
    assert [(identifier, where) for identifier, where, _ in sorted(shown.shown)] == [(f"*.{domain}", f"_acme-challenge.{domain}"), (domain, f"_acme-challenge.{domain}")]


def test_the_callers_key_is_certified_and_the_account_found_again(ca, http01, account_key, domain):
    key = libxica.make_key()
    order = _order(ca, [domain], account_key, proof=libxica.HTTP_01, key_pem=key,
                   show=lambda challenge: http01.answers.update({challenge.token.decode(): challenge.value.decode()}))
    first, second = libxica.get(order), libxica.get(order)
    assert first.key_pem.encode() == second.key_pem.encode() == key
    assert libxica.get(_order(ca, [domain], account_key, agree=False, profile="nonsense")).type is None, "about terms nobody is asked twice"
    assert first.account_url == second.account_url and first.chain_pem != second.chain_pem


def test_several_threads_get_certificates_at_once(own_ca, pem, domain):
    results = []
    with XmppServer(pem, port=own_ca.xmpp_port) as server:
        def one(number):
            shown = Shown(server.shown)
            results.append(libxica.get(_order(own_ca, [f"thread{number}.{domain}"], libxica.make_key(), show=shown.show, hide=shown.hide)).result)
        threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert results == [libxica.DONE] * 6


# --- what goes wrong

def test_a_refusal_has_the_cas_own_words(ca, http01, account_key, domain):
    shown = Shown()
    got = libxica.get(_order(ca, [domain], account_key, proof=libxica.HTTP_01, show=shown.show, hide=shown.hide))
    assert got.result == libxica.REFUSED and f"{domain} is not proven" in got.text and not _OPTION.search(got.text)
    assert got.type == json.loads(got.problem)["type"] == "urn:ietf:params:acme:error:unauthorized"
    assert shown.shown == shown.hidden and len(shown.shown) == 1


def test_terms_that_nobody_agrees_with_open_no_account(ca, account_key, domain):
    got = libxica.get(_order(ca, [domain], account_key, agree=False))
    assert got.result == libxica.REFUSED and "terms" in got.text and not _OPTION.search(got.text)


def test_a_proof_that_can_not_be_shown_ends_the_order_and_is_hidden_all_the_same(own_ca, account_key, domain):
    shown = Shown()

    def show(challenge):
        shown.show(challenge)
        return -1
    got = libxica.get(_order(own_ca, [domain], account_key, show=show, hide=shown.hide))
    assert got.result == libxica.SHOW and domain in got.text and len(shown.hidden) == 1


def test_who_cancels_gets_the_thread_back_soon_and_the_proof_is_hidden(own_ca, account_key, domain):
    shown, stop = Shown(), threading.Event()

    def show(challenge):
        shown.show(challenge)
        stop.set()
    with socket.create_server(("127.0.0.1", own_ca.xmpp_port)): # accepts, and says nothing: the validator waits
        began = time.monotonic()
        got = libxica.get(_order(own_ca, [domain], account_key, show=show, hide=shown.hide, cancelled=stop.is_set))
    assert got.result == libxica.CANCELLED and time.monotonic() - began < 5
    assert shown.hidden == shown.shown and len(shown.hidden) == 1


@pytest.mark.parametrize("bend, result, words", [
    ({"names": ["no domain"]}, libxica.INPUT, "can't be certified"), ({"account_key_pem": b"nothing"}, libxica.INPUT, "account's key"),
    ({"key_pem": b"nothing"}, libxica.INPUT, "certificate's key"), ({"roots_pem": b"nothing"}, libxica.INPUT, "roots"),
    ({"replaces_pem": b"nothing"}, libxica.INPUT, ""), ({"directory_url": b"https://localhost:1/"}, libxica.CA, "can't be had"),
    ({"directory_url": b"http://localhost/"}, libxica.CA, "https"), ({"roots_pem": None}, libxica.CA, "not trusted"),
    ({"profile": b"nonsense"}, libxica.REFUSED, "no profile"), ({"proof": 99}, libxica.ARGUMENT, None), ({"size": 8}, libxica.ARGUMENT, None),
    ({"eab_kid": b"half"}, libxica.ARGUMENT, None), ({"name_count": 0}, libxica.ARGUMENT, None), ({"account_key_pem": None}, libxica.ARGUMENT, None)],
    ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_an_order_is_told(ca, account_key, domain, bend, result, words):
    order = _order(ca, bend.get("names", [domain]), account_key)
    for name, value in bend.items():
        if name != "names":
            setattr(order, name, value)
    got = libxica.get(order)
    assert got.result == result
    assert words in got.text and not _OPTION.search(got.text) if words is not None else not hasattr(got, "text")


# --- renewal

def test_when_to_renew_is_known_without_a_ca_by_the_lifetime(ca, http01, account_key, domain):
    order = _order(ca, [domain], account_key, proof=libxica.HTTP_01,
                   show=lambda challenge: http01.answers.update({challenge.token.decode(): challenge.value.decode()}))
    got = libxica.get(order)
    lifetime = got.not_after - got.not_before
    alone = libxica.renewal(None, got.chain_pem)
    assert alone.ask_again == 0 and lifetime * 0.6 < alone.at - got.not_before < lifetime * 0.67
    assert libxica.renewal(None, "nothing").result == libxica.INPUT
    order.directory_url = b"https://localhost:1/"
    assert libxica.renewal(order, got.chain_pem).at == alone.at


def test_the_ca_says_when_and_is_told_what_is_replaced(ca, http01, account_key, domain):
    order = _order(ca, [domain], account_key, proof=libxica.HTTP_01,
                   show=lambda challenge: http01.answers.update({challenge.token.decode(): challenge.value.decode()}))
    first = libxica.get(order)
    serial = certs.load_chain(first.chain_pem)[0].serial_number
    said = libxica.renewal(order, first.chain_pem)
    lifetime = first.not_after - first.not_before
    assert 0.66 < (said.at - first.not_before) / lifetime < 0.71 and said.ask_again > time.time() and said.explanation_url is None
    ca.cli("cert", "renew-now", "--serial", f"{serial:x}", "--explanation", "https://ca.example/why")
    now = libxica.renewal(order, first.chain_pem)
    assert now.at < time.time() and now.explanation_url == "https://ca.example/why"
    order.replaces_pem = first.chain_pem.encode()
    assert libxica.get(order).result == libxica.DONE
    again = libxica.get(order)  # another order has replaced it: no reason to get none
    assert again.result == libxica.DONE
    assert certs.load_chain(again.chain_pem)[0].serial_number != serial


def test_an_external_account_key_opens_the_account_where_the_ca_wants_one(closed_ca, account_key):
    key = json.loads(closed_ca.cli("account", "eab", "create", "--json").stdout)
    with Http01(closed_ca.http01_port) as http01:
        options = {"proof": libxica.HTTP_01, "show": lambda challenge: http01.answers.update({challenge.token.decode(): challenge.value.decode()})}
        got = libxica.get(_order(closed_ca, ["eab.plain.example"], account_key, **options))
        assert got.result == libxica.REFUSED and "external account key" in got.text and not _OPTION.search(got.text)
        got = libxica.get(_order(closed_ca, ["eab.plain.example"], account_key, eab_kid=key["kid"], eab_key=key["hmac_key"], **options))
        assert got.result == libxica.DONE, got.text
