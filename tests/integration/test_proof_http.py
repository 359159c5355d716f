"""http-01 (RFC 8555 §8.3): what proves control, what does not, where the validator never goes, and in which words it says so."""
import time

import pytest

from lab.acme_raw import challenge_of
from lab.ports import free_port
from lab.race import at_once
from lab.webserver import PREFIX, WebServer


def _attempt(account, http01, name, answer=None, timeout=30):
    """Posts the http-01 challenge of a name, with `answer` for its token; returns the settled authorization."""
    url = account.order([name]).json()["authorizations"][0]
    challenge = challenge_of(account.json(url))
    if answer is not None:
        http01.answers[challenge["token"]] = answer(challenge["token"]) if callable(answer) else answer
    assert account.post(challenge["url"], {}).status_code == 200
    return account.settled(url, timeout)


def _refused(account, http01, name, kind, answer=None, timeout=30):
    """The attempt fails with this type of error; returns the error's words."""
    authorization = _attempt(account, http01, name, answer, timeout)
    assert authorization["status"] == "invalid", authorization
    challenge = challenge_of(authorization)
    assert challenge["status"] == "invalid"
    error = challenge["error"]
    assert error["type"] in [f"urn:ietf:params:acme:error:{word}" for word in kind.split("|")], error
    return error["detail"]


def _good(account):
    return account.key.key_authorization


def test_the_key_authorization_may_end_with_white_space(account, http01, domain):
    assert _attempt(account, http01, domain, lambda token: _good(account)(token) + " \r\n")["status"] == "valid"


def test_a_missing_file_is_told_with_url_and_address_and_without_the_body(account, http01, domain):
    detail = _refused(account, http01, domain, "unauthorized|incorrectResponse")
    assert f"http://{domain}" in detail and PREFIX in detail and "404" in detail and "127.0.0.1" in detail
    assert "no such token" not in detail


def test_a_wrong_answer_is_never_repeated_to_the_client(account, http01, domain):
    detail = _refused(account, http01, domain, "unauthorized|incorrectResponse", "secret-of-the-inner-network")
    assert "secret" not in detail and domain in detail


@pytest.mark.parametrize("bend", ["other thumbprint", "token alone", "prefix", "longer"])
def test_only_the_exact_key_authorization_proves(acme, account, http01, domain, bend):
    def answer(token):
        whole = _good(account)(token)
        return {"other thumbprint": acme.new_account().key.key_authorization(token), "token alone": token,
                "prefix": whole[:-1], "longer": whole + "A"}[bend]
    _refused(account, http01, domain, "unauthorized|incorrectResponse", answer)


def test_the_order_of_a_failed_proof_is_invalid_and_says_which_name(account, http01, domain):
    order = account.order([domain, f"good.{domain}"])
    for url in order.json()["authorizations"]:
        authorization = account.json(url)
        challenge = challenge_of(authorization)
        if authorization["identifier"]["value"] != domain:
            http01.answers[challenge["token"]] = _good(account)(challenge["token"])
        account.post(challenge["url"], {})
        account.settled(url)
    assert order.json()["status"] == "invalid"


def test_a_challenge_url_answers_with_the_final_state_and_a_link_to_its_authorization(account, http01, domain):
    url = account.order([domain]).json()["authorizations"][0]
    challenge = challenge_of(account.json(url))
    account.post(challenge["url"], {})
    account.settled(url)
    answer = account.read(challenge["url"])
    assert answer.json()["status"] == "invalid" and answer.json()["error"]["detail"]
    assert any(f"<{url}>" in link and 'rel="up"' in link for link in answer.raw.headers.getlist("Link"))


def test_of_64_posts_of_one_challenge_all_get_the_one_result(acme, account, http01, domain):
    url = account.order([domain]).json()["authorizations"][0]
    challenge = challenge_of(account.json(url))
    http01.answers[challenge["token"]] = _good(account)(challenge["token"])
    bodies = [account.signed(challenge["url"], {}) for _ in range(64)]
    answers = at_once([lambda body=body: acme.send(challenge["url"], body) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    assert account.settled(url)["status"] == "valid"
    assert len([path for _, path in http01.seen if challenge["token"] in path]) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_within_the_web_ports(account, ca, http01, domain, status):
    def answer(token):
        def respond(host, path):
            if host.startswith("moved."):
                return 200, {}, _good(account)(token).encode()
            return status, {"Location": f"http://moved.{domain}:{ca.http01_port}{path}"}, b""
        return respond
    assert _attempt(account, http01, domain, answer)["status"] == "valid"


def _redirect_chain(account, hops):
    """An answer that redirects `hops` times before it is right."""
    def make(token):
        count = iter(range(hops))

        def respond(host, path):
            if next(count, None) is None:
                return 200, {}, _good(account)(token).encode()
            return 302, {"Location": path}, b""
        return respond
    return make


def test_ten_redirects_are_followed_and_eleven_are_not(account, http01, domain):
    assert _attempt(account, http01, domain, _redirect_chain(account, 10))["status"] == "valid"
    assert _attempt(account, http01, f"eleven.{domain}", _redirect_chain(account, 11))["status"] == "invalid"


def test_a_redirect_to_another_port_is_refused_and_nobody_is_called_there(account, http01, domain):
    port = free_port()
    with WebServer(port, lambda host, path: (200, {}, b"inner service")) as inner:
        for target in (f"http://{domain}:{port}/", f"http://127.0.0.1:{port}/", f"https://{domain}:{port}/", f"http://[::1]:{port}/"):
            challenge = challenge_of(_attempt(account, http01, f"p{len(target)}.{domain}", lambda token: lambda host, path: (302, {"Location": target}, b"")))
            assert challenge["status"] == "invalid"
            assert "inner service" not in challenge["error"]["detail"]
        assert inner.seen == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://{d}/", "ftp://{d}/", "javascript:1", "http://{d}@evil.example/", "//", "http://",
                                    "http://user:password@{d}/", "data:text/plain,x", "dict://{d}:11211/"])
def test_a_redirect_that_is_no_plain_web_address_is_refused(account, http01, domain, target):
    challenge = challenge_of(_attempt(account, http01, domain, lambda token: lambda host, path: (302, {"Location": target.format(d=domain)}, b"")))
    assert challenge["status"] == "invalid"
    assert "root:" not in challenge["error"]["detail"]


@pytest.mark.parametrize("address", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0",
                                     "255.255.255.255", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "::"])
def test_an_address_that_is_not_public_is_never_dialled(account, http01, nameserver, domain, address):
    name = f"private.{domain}"
    nameserver.add(name, "AAAA" if ":" in address else "A", address)
    started = time.monotonic()
    detail = _refused(account, http01, name, "connection|dns|unauthorized")
    assert time.monotonic() - started < 8, "refused, not tried"
    assert name in detail


def test_a_redirect_to_an_address_that_is_not_public_is_refused(account, http01, nameserver, ca, domain):
    nameserver.add(f"inner.{domain}", "A", "10.1.2.3")
    target = f"http://inner.{domain}:{ca.http01_port}/"
    challenge = challenge_of(_attempt(account, http01, domain, lambda token: lambda host, path: (302, {"Location": target}, b"")))
    assert challenge["status"] == "invalid"


def test_the_other_address_family_is_tried_when_one_does_not_answer(account, http01, nameserver, domain):
    name = f"both.{domain}"
    nameserver.add(name, "A", "127.0.0.1")
    nameserver.add(name, "AAAA", "::1")
    assert _attempt(account, http01, name, _good(account))["status"] == "valid"


def test_a_closed_port_is_a_connection_error_with_the_address(account, http01, nameserver, domain):
    name = f"closed.{domain}"
    nameserver.add(name, "A", "127.0.0.99")
    assert "127.0.0.99" in _refused(account, http01, name, "connection")


def test_a_name_without_addresses_is_a_dns_error(account, http01, nameserver, domain):
    name = f"empty.{domain}"
    nameserver.add(name, "TXT", '"no address"')
    assert name in _refused(account, http01, name, "dns|connection")


def test_a_huge_answer_is_not_read_to_its_end(account, http01, domain):
    _refused(account, http01, domain, "unauthorized|incorrectResponse|connection", lambda token: lambda host, path: (200, {}, b"x" * 5_000_000))


def test_an_answer_that_never_ends_is_given_up(account, http01, domain):
    def slow(host, path):
        time.sleep(25)
        return 200, {}, b"late"
    started = time.monotonic()
    _refused(account, http01, domain, "connection", lambda token: slow)
    assert time.monotonic() - started < 24
