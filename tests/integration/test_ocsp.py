"""OCSP: what openssl, gnutls and python read of it, over GET and POST, while roles go away and come back."""
import base64
import urllib.parse

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from lab import certs
from lab.acme_raw import Acme
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

STATUS, RESPONSE = ocsp.OCSPCertStatus, ocsp.OCSPResponseStatus
REQUEST_TYPE = {"Content-Type": "application/ocsp-request"}


@pytest.fixture
def issued(account, http01, domain):
    return account.issue([domain], http01)


def _request(issued, *, leaf=None, issuer=None, digest=hashes.SHA1, nonce=None):
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf or issued.leaf, issuer or issued.chain[1], digest())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def _with_serial(issued, serial):
    """A certificate that the CA never made, with this serial."""
    name, begin, key = issued.chain[1].subject, issued.leaf.not_valid_before, ec.generate_private_key(ec.SECP256R1())
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(serial)
            .not_valid_before(begin).not_valid_after(issued.leaf.not_valid_after).sign(key, hashes.SHA256()))



def _post(issued, der):
    answer = requests.post(certs.ocsp_url(issued.leaf), data=der, headers=REQUEST_TYPE, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/ocsp-response"), answer.text
    return ocsp.load_der_ocsp_response(answer.content)


def _get(issued, der, quote=True, **headers):
    text = base64.b64encode(der).decode()
    return requests.get(f"{certs.ocsp_url(issued.leaf)}/{urllib.parse.quote(text, safe='') if quote else text}", headers=headers, timeout=20)


def _status(issued, **options):
    response = _post(issued, _request(issued, **options))
    return response.certificate_status if response.response_status == RESPONSE.SUCCESSFUL else response.response_status


def _files(issued, workdir):
    leaf, issuer = workdir / "leaf.pem", workdir / "issuer.pem"
    leaf.write_text(certs.to_pem(issued.leaf))
    issuer.write_text(certs.to_pem(issued.chain[1]))
    return leaf, issuer


def _openssl(ca, issued, workdir, *words):
    leaf, issuer = _files(issued, workdir)
    return run(["openssl", "ocsp", *words, "-issuer", issuer, "-cert", leaf, "-url", certs.ocsp_url(issued.leaf), "-CAfile", ca.root_pem], check=False)


def _revoke(ca, issued, *words):
    return ca.cli("cert", "revoke", "--serial", f"{issued.leaf.serial_number:x}", "--yes", *words)


# --- what real verifiers say

@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
def test_openssl_says_good_and_soon_after_a_revocation_revoked(ca, issued, workdir, digest):
    good = _openssl(ca, issued, workdir, digest)
    assert good.returncode == 0 and "Response verify OK" in good.stdout and ": good" in good.stdout, good.stdout
    assert _status(issued) == STATUS.GOOD  # one that is kept
    _revoke(ca, issued, "--reason", "superseded")
    revoked = wait_until(lambda: (said := _openssl(ca, issued, workdir, digest)) and ": revoked" in said.stdout and said, 10, "revoked is said", 0.2)
    assert "Response verify OK" in revoked.stdout and "superseded" in revoked.stdout
    assert _status(issued) == STATUS.REVOKED


def test_gnutls_says_good_and_revoked(ca, issued, workdir):
    leaf, issuer = _files(issued, workdir)

    def ask():
        return run(["ocsptool", f"--ask={certs.ocsp_url(issued.leaf)}", "--load-cert", leaf, "--load-issuer", issuer, "--load-trust", issuer], check=False).stdout
    said = ask()
    assert "Certificate Status: good" in said and "Verifying OCSP Response: Success" in said, said
    _revoke(ca, issued)
    wait_until(lambda: "Certificate Status: revoked" in ask(), 10, "revoked is said", 0.2)


def test_a_revocation_by_acme_shows_at_once_whatever_is_kept(account, issued):
    assert [_status(issued) for _ in range(4)] == [STATUS.GOOD] * 4
    answer = account.post(account.acme.directory["revokeCert"], {"certificate": certs.to_der64(issued.leaf), "reason": 1})
    assert answer.status_code == 200, answer.text
    wait_until(lambda: {_status(issued) for _ in range(4)} == {STATUS.REVOKED}, 10, "every front says revoked", 0.1)
    response = _post(issued, _request(issued))
    assert response.revocation_reason == x509.ReasonFlags.key_compromise and response.revocation_time is not None


def test_several_in_one_request(ca, account, http01, issued, domain, workdir):
    other = account.issue([f"other.{domain}"], http01)
    leaf, issuer = _files(issued, workdir)
    second = workdir / "second.pem"
    second.write_text(certs.to_pem(other.leaf))
    said = run(["openssl", "ocsp", "-issuer", issuer, "-cert", leaf, "-sha256", "-cert", second, "-serial", "0x1234", "-url", certs.ocsp_url(issued.leaf),
                "-CAfile", ca.root_pem], check=False).stdout
    assert "Response verify OK" in said and said.count(": good") == 2 and said.count(": unknown") == 1, said


# --- the protocol

def test_the_responder_is_a_delegate_of_the_issuer_and_lives_shortly(issued):
    response = _post(issued, _request(issued))
    (responder,) = response.certificates
    assert responder.issuer == issued.chain[1].subject
    issued.chain[1].public_key().verify(responder.signature, responder.tbs_certificate_bytes, ec.ECDSA(responder.signature_hash_algorithm))
    assert list(responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert responder.extensions.get_extension_for_oid(ExtensionOID.OCSP_NO_CHECK)
    assert (responder.not_valid_after - responder.not_valid_before).days <= 15
    assert response.next_update > response.this_update and response.next_update < responder.not_valid_after


def test_get_and_post_say_the_same_however_the_path_is_written(issued):
    for digest in (hashes.SHA1, hashes.SHA256):
        der = _request(issued, digest=digest)
        for answer in (_get(issued, der), _get(issued, der, quote=False)):
            assert answer.status_code == 200, answer.text
            response = ocsp.load_der_ocsp_response(answer.content)
            assert response.certificate_status == STATUS.GOOD and response.serial_number == issued.leaf.serial_number
            assert isinstance(response.hash_algorithm, digest)


def test_what_is_kept_has_headers_for_caches(issued):
    first = _get(issued, _request(issued))
    assert "public" in first.headers["Cache-Control"] and "max-age=10" in first.headers["Cache-Control"]
    assert first.headers["ETag"] and first.headers["Last-Modified"] and first.headers["Expires"]
    answers = [_get(issued, _request(issued), **{"If-None-Match": first.headers["ETag"]}) for _ in range(16)]
    assert 304 in [answer.status_code for answer in answers], "the front that made it keeps it"


def test_a_nonce_comes_back_and_makes_the_response_fresh(issued):
    for nonce in (b"n", b"0123456789abcdef", b"x" * 128):
        response = _post(issued, _request(issued, nonce=nonce))
        assert response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
        assert response.certificate_status == STATUS.GOOD
    assert "no-store" in _get(issued, _request(issued, nonce=b"abc")).headers["Cache-Control"]
    assert _post(issued, _request(issued, nonce=b"x" * 129)).response_status == RESPONSE.MALFORMED_REQUEST


def test_a_serial_that_was_never_issued_is_unknown(issued):
    for serial in (1, 0x7f, issued.leaf.serial_number + 1, 2**159 - 1):
        response = _post(issued, _request(issued, leaf=_with_serial(issued, serial)))
        assert response.certificate_status == STATUS.UNKNOWN and response.serial_number == serial


@pytest.mark.parametrize("length", [21, 64])
def test_so_is_one_longer_than_any_certificate_may_have(issued, workdir, length):
    serial = "7f" * length
    issuer, asked = workdir / "issuer.pem", workdir / "request.der"
    issuer.write_bytes(issued.chain[1].public_bytes(serialization.Encoding.PEM))
    run(["openssl", "ocsp", "-issuer", issuer, "-serial", f"0x{serial}", "-reqout", asked])
    response = _post(issued, asked.read_bytes())
    assert response.certificate_status == STATUS.UNKNOWN and response.serial_number == int(serial, 16)


def test_another_issuers_certificate_is_not_ours_to_speak_of(issued, ca):
    root = x509.load_pem_x509_certificate(ca.root_pem.read_bytes())
    assert _status(issued, issuer=root) == RESPONSE.UNAUTHORIZED
    assert _status(issued, leaf=issued.chain[1], issuer=root) == RESPONSE.UNAUTHORIZED


def test_what_is_no_request_is_malformed(issued):
    for der in (b"", b"x", b"\x30\x00", _request(issued)[:-1], _request(issued) + b"\0", b"\x30" * 9000, b"a" * 65536):
        assert _post(issued, der).response_status == RESPONSE.MALFORMED_REQUEST, der[:20]
    for path in ("/", "/MA", "/%", "/%zz", "/" + "A" * 12000, "/MAA=?x"):
        answer = requests.get(certs.ocsp_url(issued.leaf) + path, timeout=20)
        assert ocsp.load_der_ocsp_response(answer.content).response_status == RESPONSE.MALFORMED_REQUEST, path
    wrong = requests.post(certs.ocsp_url(issued.leaf), data=_request(issued), headers={"Content-Type": "text/plain"}, timeout=20)
    assert ocsp.load_der_ocsp_response(wrong.content).response_status == RESPONSE.MALFORMED_REQUEST
    assert requests.put(certs.ocsp_url(issued.leaf), data=b"x", timeout=20).status_code == 405


# --- when roles go

@pytest.fixture
def own(workdir):
    with Xicad(workdir / "ca", resolve_all="127.0.0.1") as running:
        yield running


@pytest.fixture
def own_issued(own):
    with Http01(own.http01_port) as http01:
        yield Acme(own.directory_url, own.root_pem).new_account().issue(["one.example.org"], http01)


def _answers(issued, wanted):
    """With a nonce, so that every role has a part in it."""
    wait_until(lambda: _status(issued, nonce=b"fresh") == wanted, 15, f"{wanted} is said again", 0.2)


def test_a_killed_signer_has_another_responder(own, own_issued):
    (first,) = _post(own_issued, _request(own_issued)).certificates
    own.kill("signer")
    assert _status(own_issued) in (STATUS.GOOD, RESPONSE.TRY_LATER)
    _answers(own_issued, STATUS.GOOD)
    (second,) = _post(own_issued, _request(own_issued, nonce=b"x")).certificates
    assert second.serial_number != first.serial_number
    assert own.cli("audit", "verify").returncode == 0
    assert (own.directory / "audit.log").read_text().count('"kind":"ocsp-responder"') == 2


def test_a_killed_registrar_leaves_nothing_old(own, own_issued):
    assert {_status(own_issued) for _ in range(8)} == {STATUS.GOOD}
    own.kill("registrar")
    assert _status(own_issued) in (STATUS.GOOD, RESPONSE.TRY_LATER)
    _answers(own_issued, STATUS.GOOD)
    _revoke(own, own_issued)
    own.kill("registrar")
    wait_until(lambda: {_status(own_issued) for _ in range(8)} == {STATUS.REVOKED}, 10, "revoked is said", 0.2)
