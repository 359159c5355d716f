"""`xica doctor` believes no more of OCSP and revocation lists than a peer would: what answers at http-url here is the test's, which holds the issuer's key or not."""
import datetime
import http.server
import json
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.paths import BUILD
from lab.process import run
from lab.xicad import Xicad

DAY = datetime.timedelta(days=1)


class Responder:
    """Answers every POST by `answer` and every GET by `crl`, bytes."""

    def __init__(self):
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "application/ocsp-response")
                self.end_headers()
                self.wfile.write(responder.answer)

            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(responder.crl)

            def log_message(self, *_):
                pass

        self.answer = self.crl = b""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Issuer:
    """The issuer of a CA's folder, its key, and the site's certificate."""

    def __init__(self, directory):
        self.certificate = x509.load_pem_x509_certificate(next((directory / "ca" / "certificates").glob("issuer-*.pem")).read_bytes())
        self.key = serialization.load_pem_private_key(next((directory / "ca" / "keys").glob("issuer-*.key")).read_bytes(), None)
        self.site = x509.load_pem_x509_certificate((directory / "site" / "cert.pem").read_bytes())
        self.now = datetime.datetime.utcnow().replace(microsecond=0)

    def appoint(self, key, purpose=ExtendedKeyUsageOID.OCSP_SIGNING, signer=None, until=DAY):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A responder")])
        return (x509.CertificateBuilder().subject_name(name).issuer_name(self.certificate.subject).public_key(key.public_key()).serial_number(7)
                .not_valid_before(self.now - 2 * DAY).not_valid_after(self.now + until).add_extension(x509.ExtendedKeyUsage([purpose]), False)
                .sign(signer or self.key, hashes.SHA256()))

    def answer(self, *, certificate=None, issuer=None, responder=None, key=None, status=ocsp.OCSPCertStatus.GOOD, this=-DAY, until=DAY):
        revoked = status == ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate or self.site, issuer=issuer or self.certificate, algorithm=hashes.SHA1(), cert_status=status, this_update=self.now + this,
            next_update=self.now + until, revocation_time=self.now - DAY if revoked else None, revocation_reason=x509.ReasonFlags.superseded if revoked else None)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder or self.certificate)
        return builder.certificates([responder or self.certificate]).sign(key or self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(name="ca", scope="module")
def ca_fixture(output):
    with Xicad(output / "doctor-ocsp", resolve_all="127.0.0.1") as ca:
        yield ca


@pytest.fixture(name="issuer", scope="module")
def issuer_fixture(ca):
    return Issuer(ca.directory)


@pytest.fixture(name="said")
def said_fixture(ca, workdir):
    """What doctor says of an answer."""
    with Responder() as responder:
        config = workdir / "xicad.conf"
        config.write_text(f'url = "{ca.directory_url.removesuffix("/acme/directory")}"\nhttp-url = "{responder.url}"\nstate-dir = "{ca.directory}"\n'
                          f'control-socket = "{workdir}/none.sock"\n')

        def examine(answer=b"", crl=b""):
            responder.answer, responder.crl = answer, crl
            done = run([BUILD / "xica", "doctor", "--json", "-c", config], check=False, timeout=60)
            return next(one for one in json.loads(done.stdout)["checks"] if one["check"] == ("crl-url" if crl else "ocsp"))
        yield examine


def test_the_site_s_own_certificate_is_asked_about(ca):
    is_now = next(one for one in json.loads(ca.cli("doctor", "--json", check=False).stdout)["checks"] if one["check"] == "ocsp")
    assert is_now["result"] == "ok" and "well signed" in is_now["text"] and "the site's certificate is good" in is_now["text"]


def test_answers_of_the_issuer_and_of_whom_it_appointed_are_believed(issuer, said):
    key = ec.generate_private_key(ec.SECP256R1())
    for answer in (issuer.answer(), issuer.answer(responder=issuer.appoint(key), key=key)):
        assert said(answer)["result"] == "ok"


def test_each_answer_that_no_peer_would_believe_is_a_failure_with_its_reason(issuer, said):
    key = ec.generate_private_key(ec.SECP256R1())
    appointed = issuer.appoint(key)
    until, longer = (f"{issuer.now + days:%Y%m%d%H%M%SZ}".encode() for days in (DAY, 3 * DAY))
    assert issuer.answer().count(until) == 1
    for answer, reason in (
            (issuer.answer().replace(until, longer), "signature does not verify"),
            (issuer.answer(responder=issuer.appoint(key, signer=key), key=key), "not appointed"),
            (issuer.answer(responder=issuer.appoint(key, purpose=ExtendedKeyUsageOID.SERVER_AUTH), key=key), "not appointed"),
            (issuer.answer(responder=issuer.appoint(key, until=-DAY), key=key), "not good now"),
            (issuer.answer(until=-datetime.timedelta(minutes=1)), "too old"),
            (issuer.answer(this=datetime.timedelta(hours=1)), "of the future"),
            (issuer.answer(certificate=appointed), "not about the certificate"),
            (issuer.answer(issuer=appointed), "not about the certificate"),
            (ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(serialization.Encoding.DER), "tryLater"),
            (b"<html>hello</html>", "no OCSP response"), (b"", "no OCSP response")):
        is_now = said(answer)
        assert is_now["result"] == "failure" and reason in is_now["text"] and is_now["advice"], is_now


def _crl(issuer, *, name=None, key=None, this=-DAY, until=DAY):
    builder = x509.CertificateRevocationListBuilder().issuer_name(name or issuer.certificate.subject).last_update(issuer.now + this).next_update(issuer.now + until)
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_revocation_list_that_can_not_be_relied_on_is_a_failure_with_its_reason(issuer, said):
    assert said(crl=_crl(issuer))["result"] == "ok"
    for crl, reason in ((_crl(issuer, key=ec.generate_private_key(ec.SECP256R1())), "signature does not verify"),
                        (_crl(issuer, name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another")])), "another issuer's"),
                        (_crl(issuer, until=-datetime.timedelta(minutes=1)), "too old"), (_crl(issuer, this=datetime.timedelta(hours=1)), "of the future"),
                        (b"0\x00", "no revocation list"), (b"<html>", "no revocation list")):
        is_now = said(crl=crl)
        assert is_now["result"] == "failure" and reason in is_now["text"] and is_now["advice"], is_now


def test_a_site_whose_certificate_is_revoked_or_unknown_is_a_failure(issuer, said):
    assert "is revoked" in said(issuer.answer(status=ocsp.OCSPCertStatus.REVOKED))["text"]
    unknown = said(issuer.answer(status=ocsp.OCSPCertStatus.UNKNOWN))
    assert unknown["result"] == "failure" and "does not know" in unknown["text"]
