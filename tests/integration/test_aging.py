"""What becomes of a CA and of what it gave out as days and months go by: one folder, in which it is started on later and later days."""
import contextlib
import datetime
import email.utils
import sqlite3

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from lab import certs, later
from lab.acme_raw import Account, challenge_of, problem
from lab.csr import make_csr
from lab.jws import b64
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
NAME = "aging.example.org"


@pytest.fixture
def ca(workdir):
    made = later.LaterCa(workdir / "ca")
    yield made
    made.stop()


@pytest.fixture
def http01(ca):
    with Http01(ca.http01_port) as server:
        yield server


def _day(days):
    """The moment so many days from now, as certificates have it."""
    return datetime.datetime.utcnow() + days * DAY


def _is_about(moment, days):
    """Certificates begin an hour before they are made."""
    return abs(moment - _day(days)) < 2 * HOUR


def _again(account, ca):
    """The same account, at the CA as it runs now."""
    return Account(ca.acme(), account.key, account.url)


def _crl(issued):
    return certs.fetch_crl(issued.leaf)


def _number(crl):
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _crl_above(issued, number):
    """The certificate's CRL, once it has a higher number."""
    def newer():
        crl = _crl(issued)
        return (crl,) if _number(crl) > number else None  # an empty list is false
    return wait_until(newer, 40, f"a CRL above number {number}", 0.1)[0]


def _verify(issued, crls, ca, workdir):
    """What openssl, on the CA's day, says of the leaf by these CRLs."""
    files = {name: workdir / f"{name}.pem" for name in ("leaf", "untrusted", "crls")}
    files["leaf"].write_text(certs.to_pem(issued.leaf))
    files["untrusted"].write_text("".join(map(certs.to_pem, issued.chain[1:])))
    files["crls"].write_text("".join(crl.public_bytes(serialization.Encoding.PEM).decode() for crl in crls))
    return run(["openssl", "verify", "-x509_strict", "-crl_check", "-CAfile", ca.root_pem, "-untrusted", files["untrusted"], "-CRLfile", files["crls"], files["leaf"]],
               check=False, env=ca.environment()).stdout


def _revoke(ca, issued):
    ca.cli("cert", "revoke", "--serial", f"{issued.leaf.serial_number:x}", "--reason", "superseded")


# --- CRLs

def test_a_crl_is_made_anew_after_half_of_its_life_and_one_that_holds_is_always_there(ca, http01, workdir):
    with ca.at(0):
        issued = ca.acme().new_account().issue([NAME], http01)
        first = _crl(issued)
        assert first.next_update - first.last_update == 7 * DAY
    with ca.at(3):
        assert _crl(issued) == first, "less than a half is over"
        assert _verify(issued, [first], ca, workdir).endswith("leaf.pem: OK\n")
    with ca.at(4):
        second = _crl_above(issued, _number(first))
        assert _is_about(second.last_update, 4) and _is_about(second.next_update, 11)
        assert _verify(issued, [second], ca, workdir).endswith("leaf.pem: OK\n")
    with ca.at(20):
        third = _crl_above(issued, _number(second))
        assert _is_about(third.last_update, 20) and "CRL has expired" in _verify(issued, [second], ca, workdir)
        assert _verify(issued, [third], ca, workdir).endswith("leaf.pem: OK\n")


def test_a_crl_follows_the_clock_wherever_it_goes(ca, http01, workdir):
    """A machine was suspended; or it was started with a wrong time, which was then set right."""
    with ca.at(6, after=8):
        issued = ca.acme().new_account().issue([NAME], http01)
        first = _crl(issued)
        assert _is_about(first.last_update, 0)
        second = _crl_above(issued, _number(first))
        assert _is_about(second.last_update, 6), "it runs, and the day is another one"
    with ca.at(0):
        third = _crl_above(issued, _number(second))
        assert _is_about(third.last_update, 0) and _is_about(third.next_update, 7)
        assert "CRL is not yet valid" in _verify(issued, [second], ca, workdir)
        assert _verify(issued, [third], ca, workdir).endswith("leaf.pem: OK\n")


def _is_on_lists(ca):
    with contextlib.closing(sqlite3.connect(f"file:{ca.directory}/db/xica.db?mode=ro", uri=True, timeout=10)) as database:
        return database.execute("SELECT count(*) FROM certificate WHERE on_crl = 1").fetchone()[0]


def _ocsp(issued, ca, workdir):
    """What `openssl ocsp`, on the CA's day, says of the leaf."""
    leaf, issuer = workdir / "leaf.pem", workdir / "issuer.pem"
    leaf.write_text(certs.to_pem(issued.leaf))
    issuer.write_text(certs.to_pem(issued.chain[1]))
    said = run(["openssl", "ocsp", "-issuer", issuer, "-cert", leaf, "-url", certs.ocsp_url(issued.leaf), "-CAfile", ca.root_pem], check=False, env=ca.environment()).stdout
    assert "Response verify OK" in said, said
    return said


def test_a_revoked_certificate_stands_on_a_crl_made_after_its_end_and_then_on_none(ca, http01, workdir):
    """RFC 5280 §3.3."""
    end = _day(2).strftime("%Y-%m-%dT%H:%M:%SZ")
    with ca.at(0):
        account = ca.acme().new_account()
        revoked, kept = account.issue([NAME], http01, notAfter=end), account.issue([NAME], http01, notAfter=end)
        before = _number(_crl(revoked))
        _revoke(ca, revoked)
        first = _crl_above(revoked, before)
        assert certs.is_revoked(revoked.leaf) and not certs.is_revoked(kept.leaf)
    with ca.at(4):
        second = _crl_above(revoked, _number(first))
        assert second.last_update > revoked.leaf.not_valid_after and certs.is_revoked(revoked.leaf)
        assert ": revoked" in _ocsp(revoked, ca, workdir) and ": good" in _ocsp(kept, ca, workdir), "its status doesn't change by its end"
    with ca.at(8):
        third = _crl_above(revoked, _number(second))
        assert len(third) == 0
        wait_until(lambda: _is_on_lists(ca) == 0, 20, "clean-up takes it off for good", 0.2)
        assert ": revoked" in _ocsp(revoked, ca, workdir)
        ca.cli("audit", "verify", ca.directory / "audit.log")


# --- OCSP

def _response(issued, nonce=None):
    builder = ocsp.OCSPRequestBuilder().add_certificate(*issued.chain[:2], hashes.SHA256())
    request = builder.add_extension(x509.OCSPNonce(nonce), False) if nonce else builder
    answer = requests.post(certs.ocsp_url(issued.leaf), data=request.build().public_bytes(serialization.Encoding.DER), headers={"Content-Type": "application/ocsp-request"}, timeout=20)
    return ocsp.load_der_ocsp_response(answer.content), email.utils.parsedate_to_datetime(answer.headers["Date"]).replace(tzinfo=None)


@pytest.mark.parametrize("days", [8, 20], ids=["before its end", "after its end"])
def test_the_running_ca_has_a_new_ocsp_responder(ca, http01, workdir, days):
    """Nothing is started anew: the clock of all processes goes on by so many days."""
    with ca.at(days, after=12):
        issued = ca.acme().new_account().issue([NAME], http01)
        first, date = _response(issued)
        assert _is_about(date, 0) and first.certificates[0].not_valid_after > _day(13)

        def later_one(nonce=None):
            response, date = _response(issued, nonce)
            return _is_about(date, days) and response.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL and response
        fresh = wait_until(lambda: later_one(nonce=b"0123456789abcdef"), 40, "the clock went on", 0.5)
        kept = wait_until(later_one, 5, "what a front had kept is asked for again", 0.5)
        for response in (fresh, kept):
            assert _is_about(response.this_update, days) and _is_about(response.next_update, days + 1)
            assert response.certificates[0].serial_number != first.certificates[0].serial_number
            assert _is_about(response.certificates[0].not_valid_after, days + 14)
        assert (first.certificates[0].not_valid_after > _day(days)) == (days < 14)
        assert ": good" in _ocsp(issued, ca, workdir)
        assert ca.daemon.output().count("OCSP responses of") == 2, "of the day of the start, and of the later one"


# --- what ACME shows

def test_orders_and_authorizations_that_were_left_alone_end_as_rfc_8555_says(ca, http01):
    """§7.1.6: an authorization that was pending is invalid, one that was valid is expired; an order that was pending or ready is invalid."""
    with ca.at(0):
        account = ca.acme().new_account()
        pending, ready, valid = (account.order([f"{name}.{NAME}"]) for name in ("pending", "ready", "valid"))
        ready.prove_all(http01)
        issued = valid.prove_all(http01).certificate(make_csr([f"valid.{NAME}"]))
        assert [order.json()["status"] for order in (pending, ready, valid)] == ["pending", "ready", "valid"]
        authorizations = [order.json()["authorizations"][0] for order in (pending, ready, valid)]
        challenge = challenge_of(account.json(authorizations[0]))["url"]
    with ca.at(7.5):
        account = _again(account, ca)
        orders = [account.json(order.url) for order in (pending, ready, valid)]
        assert [order["status"] for order in orders] == ["invalid", "invalid", "valid"]
        assert [account.json(url)["status"] for url in authorizations] == ["invalid", "expired", "expired"]
        problem(account.post(orders[1]["finalize"], {"csr": b64(make_csr([f"ready.{NAME}"]))}), "orderNotReady", 403)
        assert account.post(challenge, {}).status_code == 400
        assert certs.load_chain(account.read(orders[2]["certificate"]).text)[0] == issued.leaf
        again = account.order([f"ready.{NAME}"]).json()
        assert again["status"] == "pending" and again["authorizations"][0] not in authorizations
    with ca.at(30):
        account = _again(account, ca)
        for order in (pending, ready):
            wait_until(lambda url=order.url: account.read(url).status_code == 404, 20, "clean-up takes what is over", 0.2)
        assert account.json(valid.url)["status"] == "valid", "it stays as long as its certificate"


def _window(ca, leaf):
    """When the CA would have the certificate renewed."""
    acme = ca.acme()
    window = acme.get(f"{acme.directory['renewalInfo']}/{certs.renewal_id(leaf)}").json()["suggestedWindow"]
    return tuple(datetime.datetime.fromisoformat(window[name][:-1]) for name in ("start", "end"))


def test_the_time_to_renew_comes_and_passes_and_a_certificate_that_ended_can_be_replaced(ca, http01):
    with ca.at(0):
        account = ca.acme().new_account()
        leaf = account.issue([NAME], http01).leaf
        start, end = _window(ca, leaf)
        assert _is_about(start, 60) and _is_about(end, 63.6)
    with ca.at(62):
        assert _window(ca, leaf) == (start, end), "it doesn't move"
        assert start < _day(62) < end
    with ca.at(91):
        account = _again(account, ca)
        assert _window(ca, leaf) == (start, end) and end < leaf.not_valid_after < _day(91)
        order = account.order([NAME], replaces=certs.renewal_id(leaf)).prove_all(http01)
        new = order.certificate(make_csr([NAME])).leaf
        assert _is_about(new.not_valid_after, 181)
        problem(account.new_order([NAME], replaces=certs.renewal_id(leaf)), "alreadyReplaced", 409)
        ca.cli("audit", "certificates")
        ca.cli("audit", "verify", ca.directory / "audit.log")


# --- its own certificate

def _shown(ca):
    """The certificate of the site, as openssl sees it on the CA's day, verified."""
    said = run(["openssl", "s_client", "-connect", f"localhost:{ca.https_port}", "-servername", "localhost", "-CAfile", ca.root_pem, "-verify_return_error",
                "-verify_hostname", "localhost"], env=ca.environment(), stdin="", quiet=True).stdout
    assert "Verify return code: 0 (ok)" in said, said
    return certs.load_chain(said)[0]


def test_the_certificate_of_the_site_is_renewed_when_a_third_of_its_life_is_left(ca):
    with ca.at(0):
        first = _shown(ca)
        assert _is_about(first.not_valid_after, 90)
    with ca.at(59):
        assert _shown(ca) == first
    with ca.at(61):
        second = wait_until(lambda: (shown := _shown(ca)) != first and shown, 20, "it has a new one", 0.2)
        assert _is_about(second.not_valid_after, 151)
    with ca.at(300):
        third = _shown(ca)
        assert third not in (first, second) and _is_about(third.not_valid_after, 390)
