"""What everybody may see of the CA (docs/site-api.md): other programs read it, and it tells what ACME did."""
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lab import certs
from lab.jws import b64


@pytest.fixture(name="site")
def site_fixture(acme, ca):
    """A GET of the interface, as JSON."""
    base = ca.directory_url.replace("/acme/directory", "")

    def get(path):
        answer = acme.get(base + path)
        assert answer.status_code == 200, answer.text
        return answer if path.endswith((".csv", ".p7b", ".pem")) else answer.json()

    return get


def serial_of(certificate):
    return f"{certificate.serial_number:x}"


def test_the_bundle_reads_as_pkcs7_and_as_pem_and_holds_the_root(site, ca):
    root = certs.load_chain(ca.root_pem.read_text())[0]
    assert certs.load_chain(site("/root.pem").text) == [root]
    read = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-print_certs"], input=site("/root.p7b").content, capture_output=True, timeout=30, check=True)
    assert certs.load_chain(read.stdout.decode()) == [root]


def test_the_authorities_have_the_fingerprints_that_other_programs_compute(site, acme):
    shown = site("/api/public/authorities")
    for authority in shown["authorities"]:
        certificate = x509.load_pem_x509_certificate(authority["pem"].encode())
        assert authority["sha256"] == certificate.fingerprint(hashes.SHA256()).hex()
        assert authority["sha1"] == certificate.fingerprint(hashes.SHA1()).hex()
        assert acme.get(authority["der_url"]).content == x509.load_pem_x509_certificate(authority["pem"].encode()).public_bytes(Encoding.DER)
        for url in authority["crl_urls"]:
            assert x509.load_der_x509_crl(acme.get(url).content).issuer == certificate.subject
    assert [authority["root"] for authority in shown["authorities"]] == [True, False]
    assert acme.get(shown["bundle_url"]).status_code == acme.get(shown["bundle_p7b_url"]).status_code == 200


def test_what_is_issued_and_revoked_is_found_and_counted(site, acme, account, http01, domain):
    issued = account.issue([domain], http01).chain[0]
    found = site(f"/api/public/search?domain={domain}")["certificates"]
    assert [one["serial"] for one in found] == [serial_of(issued)]
    assert sorted(found[0]["names"]) == sorted([domain, f"_xmpp-client.{domain}", f"_xmpp-server.{domain}"])
    assert found[0]["status"] == "issued"
    revoked = account.post(acme.directory["revokeCert"], {"certificate": b64(issued.public_bytes(Encoding.DER)), "reason": 4})
    assert revoked.status_code == 200
    shown = site(f"/api/public/certificates/{serial_of(issued)}")
    assert (shown["status"], shown["reason"]) == ("revoked", "superseded")
    assert certs.load_chain(shown["pem"]) == [issued]
    today = site("/api/public/statistics.csv").text.splitlines()[-1].split(",")
    assert len(today) == 5 and int(today[1]) >= 1
