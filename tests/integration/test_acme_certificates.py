"""Finalize, download and revocation: what a CSR may ask for, and who may revoke (RFC 8555 §7.4.2, 7.6)."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from lab import certs
from lab.acme_raw import problem
from lab.csr import ia5string, make_csr, new_key, utf8string
from lab.jws import Key, b64
from lab.race import at_once
from lab.waiting import wait_until


@pytest.fixture
def ready(account, http01, domain):
    """An order that waits for its CSR."""
    return account.order([domain]).prove_all(http01)


def _refused_then_accepted(order, csr, kind="badCSR"):
    """The CSR is refused, and the order is as it was: a good CSR still gets its certificate."""
    document = problem(order.finalize(csr), kind, 400)
    assert order.json()["status"] == "ready"
    return document


def test_the_download_is_a_chain_of_exactly_this_type_leaf_first(account, http01, domain, ca):
    issued = account.issue([domain], http01)
    answer = account.read(issued.url)
    assert answer.headers["Content-Type"] == "application/pem-certificate-chain"
    assert len(issued.chain) >= 2
    for child, parent in zip(issued.chain, issued.chain[1:]):
        assert child.issuer == parent.subject
    root = certs.load_chain(ca.root_pem.read_text())[0]
    assert issued.chain[-1].issuer == root.subject
    assert root not in issued.chain, "the client has the root"


def test_the_accept_header_changes_nothing(acme, account, http01, domain):
    url = account.issue([domain], http01).url
    for accept in ("application/pem-certificate-chain", "application/json", ""):
        answer = acme.session.post(url, json=account.signed(url, None), timeout=20,
                                   headers={"Content-Type": "application/jose+json", "Accept": accept})
        assert answer.status_code == 200 and certs.load_chain(answer.text)


_GOOD_KEYS = {"P-256": lambda: ec.generate_private_key(ec.SECP256R1()), "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
              "RSA-2048": lambda: rsa.generate_private_key(65537, 2048), "RSA-3072": lambda: rsa.generate_private_key(65537, 3072)}
_BAD_KEYS = {"Ed25519": ed25519.Ed25519PrivateKey.generate, "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),
             "RSA-e3": lambda: rsa.generate_private_key(3, 2048), "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
             "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()), "DSA": lambda: dsa.generate_private_key(1024)}


@pytest.mark.parametrize("kind", _GOOD_KEYS)
def test_the_certificate_has_the_csrs_key(ready, kind):
    key = _GOOD_KEYS[kind]()
    issued = ready.certificate(make_csr(ready.names, key))
    assert issued.leaf.public_key().public_numbers() == key.public_key().public_numbers()


@pytest.mark.parametrize("kind", _BAD_KEYS)
def test_a_key_that_xmpp_servers_cannot_use_or_that_is_weak_is_refused(ready, kind):
    _refused_then_accepted(ready, make_csr(ready.names, _BAD_KEYS[kind]()), "badCSR|badPublicKey")


def test_the_account_key_is_no_certificate_key(ready):
    _refused_then_accepted(ready, make_csr(ready.names, ready.account.key.private), "badCSR|badPublicKey")


def test_a_rsa_key_of_close_primes_is_refused(ready):
    document = _refused_then_accepted(ready, make_csr(ready.names, _close_primes()), "badCSR|badPublicKey")
    assert "prime" in document["detail"].lower() or "key" in document["detail"].lower()


def _close_primes():
    """A 2048-bit RSA key that Fermat's method factors at once."""
    base = 3 << 1022 | 1 << 900
    p, q = base + 555, base + 1503  # the next two primes
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


@pytest.mark.parametrize("bend", [lambda d: [d, f"more.{d}"], lambda d: [f"other.{d}"], lambda d: [], lambda d: [f"*.{d}"]],
                         ids=["one more", "another", "none", "wildcard"])
def test_a_csr_for_other_names_than_the_orders_is_refused(ready, domain, bend):
    _refused_then_accepted(ready, make_csr(bend(domain)))


def test_a_csr_with_one_name_less_is_refused(account, http01, domain):
    order = account.order([domain, f"www.{domain}"]).prove_all(http01)
    _refused_then_accepted(order, make_csr([domain]))


def test_a_common_name_must_be_one_of_the_names(ready, domain):
    _refused_then_accepted(ready, make_csr([domain], common_name="other.example"))
    assert ready.certificate(make_csr([domain], common_name=domain)).leaf


def test_names_only_in_the_common_name_count_too_or_are_badcsr(ready, domain):
    answer = ready.finalize(make_csr([], common_name=domain))
    if answer.status_code == 200:
        assert certs.dns_names(ready.download(ready.settled()["certificate"]).leaf) == [domain]
    else:
        problem(answer, "badCSR", 400)


def test_the_srvnames_of_the_orders_names_may_be_asked_for(ready, domain):
    wanted = [(certs.SRV_NAME, ia5string(f"_xmpp-server.{domain}")), (certs.SRV_NAME, ia5string(f"_xmpp-client.{domain}"))]
    leaf = ready.certificate(make_csr([domain], other_names=wanted)).leaf
    assert set(certs.srv_names(leaf)) == {f"_xmpp-server.{domain}", f"_xmpp-client.{domain}"}


def test_the_xmppaddr_of_a_name_of_the_order_may_be_asked_for_and_is_not_copied(ready, domain):
    leaf = ready.certificate(make_csr([domain], other_names=[(certs.XMPP_ADDR, utf8string(domain))])).leaf
    assert certs.other_name_types(leaf) == {certs.SRV_NAME}


@pytest.mark.parametrize("other", [
    (certs.SRV_NAME, ia5string("_xmpp-server.elsewhere.example")), (certs.SRV_NAME, ia5string("_imaps.{domain}")),
    (certs.SRV_NAME, utf8string("_xmpp-server.{domain}")),
    (certs.XMPP_ADDR, utf8string("admin@{domain}")), (x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), utf8string("admin@{domain}")),
    (x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")], ids=lambda other: f"{other[0].dotted_string}-{other[1][2:].decode('latin-1')}")
def test_an_other_name_that_the_order_does_not_cover_is_refused(ready, domain, other):
    text = other[1][2:].replace(b"{domain}", domain.encode())
    value = other[1] if b"{domain}" not in other[1] else other[1][:1] + bytes([len(text)]) + text
    _refused_then_accepted(ready, make_csr([domain], other_names=[(other[0], value)]))


def test_extensions_of_a_csr_give_no_rights(ready, domain):
    asked = [(x509.BasicConstraints(ca=True, path_length=None), True),
             (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), False)]
    answer = ready.finalize(make_csr([domain], extensions=asked))
    if answer.status_code != 200:
        problem(answer, "badCSR", 400)
        return
    leaf = ready.download(ready.settled()["certificate"]).leaf
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert certs.usages(leaf) == {certs.SERVER_AUTH, certs.CLIENT_AUTH}


def test_a_csr_must_be_signed_by_its_key(ready):
    csr = bytearray(make_csr(ready.names))
    csr[-5] ^= 1
    _refused_then_accepted(ready, bytes(csr))


@pytest.mark.parametrize("csr", [b"", b"\x30\x00", b"\x30\x84\xff\xff\xff\xff", b"not DER", bytes(3000)], ids=["empty", "sequence", "length", "text", "zeros"])
def test_what_is_no_csr_is_refused(ready, csr):
    problem(ready.finalize(csr), "badCSR|malformed", 400)
    assert ready.json()["status"] == "ready"


def test_trailing_bytes_after_a_csr_and_pem_are_refused(ready):
    der = make_csr(ready.names)
    problem(ready.finalize(der + b"\x00"), "badCSR|malformed", 400)
    pem = x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM)
    problem(ready.finalize(pem), "badCSR|malformed", 400)


def test_a_finalized_order_keeps_its_one_certificate(ready):
    issued = ready.certificate(make_csr(ready.names))
    answer = ready.finalize(make_csr(ready.names))
    assert answer.status_code in (200, 403)
    assert ready.download(ready.json()["certificate"]).leaf == issued.leaf


def test_of_64_finalize_requests_at_once_one_wins_and_none_is_a_5xx(acme, ready):
    keys = [new_key() for _ in range(8)]
    url = ready.json()["finalize"]
    bodies = [ready.account.signed(url, {"csr": b64(make_csr(ready.names, keys[number % 8]))}) for number in range(64)]
    answers = at_once([lambda body=body: acme.send(url, body) for body in bodies])
    assert {answer.status_code for answer in answers} <= {200, 400, 403, 429}
    assert any(answer.status_code == 200 for answer in answers)
    order = ready.settled()
    assert order["status"] == "valid"
    urls = {answer.json()["certificate"] for answer in answers if answer.status_code == 200 and "certificate" in answer.json()}
    assert urls <= {order["certificate"]}


def test_serial_numbers_are_long_and_never_repeat(account, http01, domain):
    serials = [account.issue([domain], http01).leaf.serial_number for _ in range(5)]
    assert len(set(serials)) == 5
    assert all(serial.bit_length() > 64 for serial in serials)
    assert all(serial.bit_length() <= 159 for serial in serials)


def _revoke(account, certificate, **members):
    return account.post(account.acme.directory["revokeCert"], {"certificate": certs.to_der64(certificate), **members})


def test_the_account_that_ordered_a_certificate_revokes_it_once(account, http01, domain):
    leaf = account.issue([domain], http01).leaf
    assert _revoke(account, leaf, reason=4).status_code == 200
    problem(_revoke(account, leaf), "alreadyRevoked", 400)


def test_the_certificates_own_key_revokes_it_without_an_account(acme, account, http01, domain):
    key = new_key()
    leaf = account.issue([domain], http01, key=key).leaf
    payload = {"certificate": certs.to_der64(leaf)}
    problem(acme.post_jwk(acme.directory["revokeCert"], payload, Key()), "unauthorized|malformed")
    assert acme.post_jwk(acme.directory["revokeCert"], payload, Key("ES256", key)).status_code == 200


def test_an_account_that_proved_every_name_revokes_anothers_certificate(acme, account, http01, domain):
    names = [domain, f"www.{domain}"]
    leaf = account.issue(names, http01).leaf
    stranger = acme.new_account()
    problem(_revoke(stranger, leaf), "unauthorized", 403)
    stranger.order(names[:1]).prove_all(http01)
    problem(_revoke(stranger, leaf), "unauthorized", 403)
    stranger.order(names).prove_all(http01)
    assert _revoke(stranger, leaf).status_code == 200


@pytest.mark.parametrize("reason", [7, 11, -1, 99, 6, "1"])
def test_a_reason_that_an_applicant_cannot_have_is_refused(account, http01, domain, reason):
    leaf = account.issue([domain], http01).leaf
    problem(_revoke(account, leaf, reason=reason), "badRevocationReason|malformed", 400)


def test_a_certificate_that_is_not_ours_cannot_be_revoked(account, http01, domain):
    ours = account.issue([domain], http01).leaf
    key = new_key()
    forged = (x509.CertificateBuilder().subject_name(ours.subject).issuer_name(ours.issuer).serial_number(ours.serial_number)
              .not_valid_before(ours.not_valid_before).not_valid_after(ours.not_valid_after + datetime.timedelta(days=1))
              .public_key(key.public_key()).sign(key, hashes.SHA256()))
    answer = _revoke(account, forged)
    assert answer.status_code in (400, 403, 404), answer.text
    problem(account.post(account.acme.directory["revokeCert"], {"certificate": "AAAA"}), "malformed")
    assert not certs.is_revoked(ours)


def test_a_revoked_certificate_is_named_on_the_crl_with_its_reason(account, http01, domain):
    leaf = account.issue([domain], http01).leaf
    assert _revoke(account, leaf, reason=1).status_code == 200
    wait_until(lambda: certs.is_revoked(leaf), 60, "the serial stands on the CRL", 0.5)
    entry = certs.fetch_crl(leaf).get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.key_compromise
