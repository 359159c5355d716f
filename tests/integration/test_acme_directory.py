"""What every client reads first: the directory, nonces, and how the server answers requests that are none (RFC 8555 §6.3–6.5, 7.1.1, 7.2)."""
import re
from urllib.parse import urlsplit

import pytest
import requests

from lab.acme_raw import problem


def test_directory_names_every_resource_and_its_meta(acme):
    assert {"newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange", "renewalInfo", "meta"} <= acme.directory.keys()
    meta = acme.directory["meta"]
    terms = urlsplit(meta["termsOfService"])
    assert terms.scheme == "https" and terms.hostname
    assert meta["website"].startswith("https://")
    assert meta["caaIdentities"] and all(isinstance(name, str) for name in meta["caaIdentities"])
    assert meta["externalAccountRequired"] is False
    assert {"xmpp-server", "serverauth", "shortlived"} <= meta["profiles"].keys()
    assert all(isinstance(text, str) and text for text in meta["profiles"].values())


def test_content_types_are_exact_without_parameters(acme, account):
    assert acme.get(acme.directory_url).headers["Content-Type"] == "application/json"
    assert account.new_order(["content-type.xmpp.example"]).headers["Content-Type"] == "application/json"
    assert account.new_order([]).headers["Content-Type"] == "application/problem+json"


def test_new_nonce_answers_head_with_200_and_get_with_204_and_neither_has_a_content_type(acme):
    head = acme.session.head(acme.directory["newNonce"], timeout=20)
    get = acme.get(acme.directory["newNonce"])
    assert (head.status_code, get.status_code) == (200, 204)
    for answer in (head, get):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", answer.headers["Replay-Nonce"])
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Content-Type" not in answer.headers
        assert f'<{acme.directory_url}>;rel="index"' in answer.headers["Link"].replace("; ", ";")


def test_nonces_never_repeat(acme):
    nonces = [acme.nonce() for _ in range(100)]
    assert len(set(nonces)) == len(nonces)


def test_every_answer_to_a_post_has_a_fresh_nonce_and_a_link_to_the_directory(acme, account):
    good = account.new_order(["nonce.xmpp.example"])
    answers = [good, account.read(good.headers["Location"]), account.new_order([]), account.read(acme.directory["newOrder"] + "/none"),
               acme.send(acme.directory["newOrder"], "no JWS"), account.post(acme.directory["newOrder"], {}, nonce="bad")]
    nonces = [answer.headers["Replay-Nonce"] for answer in answers]
    assert len(set(nonces)) == len(nonces)
    for answer in answers:
        assert f'<{acme.directory_url}>;rel="index"' in answer.headers["Link"].replace("; ", ";")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("resource", ["newOrder", "newAccount", "revokeCert", "order"])
def test_other_methods_than_post_are_405_with_allow(acme, account, resource, method):
    url = account.url if resource == "order" else acme.directory[resource]
    answer = acme.session.request(method, url, timeout=20)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_objects_are_read_by_post_as_get_alone(acme, account):
    order = account.order(["as-get.xmpp.example"])
    for url in (order.url, order.json()["authorizations"][0], account.url):
        assert acme.get(url).status_code == 405
        assert account.read(url).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_types_than_jose_are_415(acme, account, content_type):
    body = account.signed(acme.directory["newOrder"], {"identifiers": [{"type": "dns", "value": "a.example"}]})
    assert acme.send(acme.directory["newOrder"], body, content_type).status_code == 415


def test_a_body_over_64_kib_is_refused_and_one_below_is_read(acme, account):
    def padded(size):
        body = account.signed(acme.directory["newOrder"], {"identifiers": [{"type": "dns", "value": "big.xmpp.example"}], "note": "x" * size})
        return acme.send(acme.directory["newOrder"], body)

    assert padded(40_000).status_code == 201
    problem(padded(70_000), "malformed", 413)


def test_an_unknown_path_is_404_and_slashes_or_dots_make_no_other_path(acme):
    base = acme.directory_url.rsplit("/", 1)[0]
    for path in ("/nothing", "/directory/", "/../directory", "//directory", "/order/1/", "/%64irectory/x"):
        request = acme.session.prepare_request(requests.Request("GET", base))
        request.url = base + path
        assert acme.session.send(request, timeout=20).status_code in (400, 404, 405), path


def test_a_get_may_carry_an_empty_body(acme):
    assert acme.get(acme.directory_url, headers={"Content-Length": "0"}).status_code == 200
