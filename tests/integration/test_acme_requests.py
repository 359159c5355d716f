"""A request is one flattened JWS, signed by the right key for exactly this URL, once (RFC 8555 §6.2–6.5)."""
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lab.acme_raw import problem
from lab.jws import Key, b64, encode, flattened
from lab.race import at_once

GOOD = {"identifiers": [{"type": "dns", "value": "request.xmpp.example"}]}


@pytest.fixture(scope="module")
def signer(acme):
    """An account that these tests share: none of them changes it."""
    return acme.new_account()


@pytest.fixture
def url(acme):
    return acme.directory["newOrder"]


def test_a_good_request_is_accepted(signer, url):
    assert signer.post(url, GOOD).status_code == 201


def test_a_request_for_another_url_is_unauthorized(acme, signer, url):
    problem(acme.send(url, signer.signed(acme.directory["newAuthz"], GOOD)), "unauthorized")
    problem(acme.send(url, signer.signed(url.replace("https:", "http:"), GOOD)), "unauthorized")
    problem(acme.send(url, signer.signed(url + "?", GOOD)), "unauthorized")


def test_a_nonce_is_good_once(acme, signer, url):
    body = signer.signed(url, GOOD)
    assert acme.send(url, body).status_code == 201
    second = acme.send(url, body)
    problem(second, "badNonce", 400)
    assert second.headers["Replay-Nonce"]


@pytest.mark.parametrize("nonce", ["", "A", "AAAAAAAAAAAAAAAAAAAAAA", "not base64url!", "x" * 3000, 7, None])
def test_a_nonce_that_was_never_given_is_refused(acme, signer, url, nonce):
    problem(signer.post(url, GOOD, nonce=nonce), "badNonce|malformed", 400)


def test_an_altered_nonce_is_refused(acme, signer, url):
    nonce = acme.nonce()
    altered = nonce[:-2] + ("A" if nonce[-2] != "A" else "B") + nonce[-1]
    problem(signer.post(url, GOOD, nonce=altered), "badNonce", 400)


def test_of_64_posts_with_one_nonce_one_is_accepted(acme, signer, url):
    body = signer.signed(url, GOOD)
    answers = at_once([lambda: acme.send(url, body)] * 64)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 63
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, "badNonce")


def test_jwk_and_kid_exclude_each_other_and_one_must_be_there(acme, signer, url):
    problem(signer.post(url, GOOD, jwk=signer.key.jwk()), "malformed", 400)
    problem(signer.post(url, GOOD, kid=None), "malformed", 400)


def test_new_account_wants_a_jwk_and_all_others_a_kid(acme, signer, url):
    problem(signer.post(acme.directory["newAccount"], {"termsOfServiceAgreed": True}), "malformed", 400)
    problem(acme.post_jwk(url, GOOD, signer.key), "malformed", 400)


def test_a_kid_of_no_account_does_not_exist(signer, url):
    base = signer.url.rsplit("/", 1)[0]
    problem(signer.post(url, GOOD, kid=base + "/999999999"), "accountDoesNotExist|unauthorized|malformed")
    problem(signer.post(url, GOOD, kid="https://elsewhere.example/acct/1"), "accountDoesNotExist|unauthorized|malformed")


def test_another_accounts_kid_does_not_fit_my_key(acme, signer, url):
    other = acme.new_account()
    problem(signer.post(url, GOOD, kid=other.url), "malformed|unauthorized")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "PS256", "ES512", "ES256K", "", 5])
def test_an_algorithm_that_we_do_not_do_is_refused_with_those_that_we_do(signer, url, algorithm):
    document = problem(signer.post(url, GOOD, alg=algorithm), "badSignatureAlgorithm|malformed", 400)
    if document["type"].endswith("badSignatureAlgorithm"):
        assert set(document["algorithms"]) == {"ES256", "ES384", "RS256", "EdDSA"}


def test_the_algorithm_must_be_the_keys_own(signer, url):
    problem(signer.post(url, GOOD, alg="ES384"), "badSignatureAlgorithm|malformed|unauthorized")


def test_a_changed_signature_or_payload_is_refused(acme, signer, url):
    for member in ("signature", "payload"):
        body = signer.signed(url, GOOD)
        body[member] = ("A" if body[member][0] != "A" else "B") + body[member][1:]
        problem(acme.send(url, body), "malformed|unauthorized")
    body = signer.signed(url, GOOD)
    body["signature"] = ""
    problem(acme.send(url, body), "malformed|unauthorized")


def test_a_der_signature_is_no_es256_signature(acme, signer, url):
    body = signer.signed(url, GOOD)
    body["signature"] = b64(signer.key.private.sign(f"{body['protected']}.{body['payload']}".encode(), ec.ECDSA(hashes.SHA256())))
    problem(acme.send(url, body), "malformed|unauthorized")


@pytest.mark.parametrize("member", ["protected", "payload", "signature"])
def test_padding_line_ends_and_foreign_letters_are_no_base64url(acme, signer, url, member):
    for bend in (lambda text: text + "=", lambda text: text + "==", lambda text: text[:8] + "\n" + text[8:],
                 lambda text: text[:8] + "+" + text[9:], lambda text: text + " "):
        body = signer.signed(url, GOOD)
        body[member] = bend(body[member])
        problem(acme.send(url, body), "malformed", 400)


def test_duplicate_names_are_refused_wherever_they_stand(acme, signer, url):
    protected = json.dumps(signer.protected(url))
    problem(acme.send(url, flattened(signer.key, protected[:-1] + f', "url": "{url}"}}', GOOD)), "malformed", 400)
    problem(acme.send(url, flattened(signer.key, signer.protected(url), '{"identifiers": [], ' + encode(GOOD)[1:])), "malformed", 400)
    body = json.dumps(signer.signed(url, GOOD))
    problem(acme.send(url, body[:-1] + ', "payload": ""}'), "malformed", 400)


@pytest.mark.parametrize("header", [{"b64": False, "crit": ["b64"]}, {"b64": False}, {"crit": ["exp"], "exp": 1}, {"crit": []}], ids=json.dumps)
def test_critical_headers_and_unencoded_payloads_are_refused(signer, url, header):
    problem(signer.post(url, GOOD, **header), "malformed", 400)


def test_unprotected_headers_and_the_general_form_are_refused(acme, signer, url):
    body = signer.signed(url, GOOD)
    problem(acme.send(url, {**body, "header": {"kid": signer.url}}), "malformed", 400)
    body = signer.signed(url, GOOD)
    general = {"payload": body["payload"], "signatures": [{"protected": body["protected"], "signature": body["signature"]}]}
    problem(acme.send(url, general), "malformed", 400)


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '"text"', "{", '{"protected": 1, "payload": 2, "signature": 3}', "\x00",
                                  '{"protected":"","payload":"","signature":""}', "[" * 5000, b"\xff\xfe{"], ids=repr)
def test_what_is_no_jws_is_malformed(acme, url, body):
    problem(acme.send(url, body), "malformed", 400)


def test_trailing_bytes_after_the_jws_are_refused(acme, signer, url):
    problem(acme.send(url, json.dumps(signer.signed(url, GOOD)) + "{}"), "malformed", 400)


@pytest.mark.parametrize("payload", ["", "[]", "null", "7", "{", '{"identifiers": {}}', '{"identifiers": [7]}'])
def test_a_payload_must_be_the_object_that_the_resource_wants(signer, url, payload):
    problem(signer.post(url, payload), "malformed|rejectedIdentifier", 400)


def test_post_as_get_has_an_empty_payload_and_not_an_empty_object(signer, url):
    order = signer.order(["empty.xmpp.example"])
    problem(signer.post(order.url, {}), "malformed", 400)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256", "EdDSA"])
def test_accounts_sign_with_every_algorithm(acme, algorithm):
    account = acme.new_account(Key(algorithm))
    assert account.json(account.url)["status"] == "valid"


def test_weak_and_foreign_account_keys_are_bad_public_keys(acme):
    weak = Key("RS256", bits=1024)
    problem(acme.post_jwk(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, weak), "badPublicKey", 400)
    jwk = Key("ES256").jwk()
    off_curve = {**jwk, "y": jwk["x"]}
    short = {**jwk, "x": jwk["x"][:-4]}
    for bad in (off_curve, short, {"kty": "oct", "k": "AAAA"}, {"kty": "EC"}, {"kty": "OKP", "crv": "X25519", "x": jwk["x"]}):
        protected = {"alg": "ES256", "jwk": bad, "nonce": acme.nonce(), "url": acme.directory["newAccount"]}
        answer = acme.send(acme.directory["newAccount"], flattened(Key("ES256"), protected, {"termsOfServiceAgreed": True}))
        problem(answer, "badPublicKey|malformed|badSignatureAlgorithm", 400)
