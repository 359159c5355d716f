"""An applicant who does not give up: issues a certificate while parts of the CA crash, as a patient client would."""
import time

import requests

from .acme_raw import Account
from .csr import make_csr
from .jws import Key, b64
from .waiting import wait_until


class GaveUp(AssertionError):
    pass


class Unanswered(Exception):
    """A 5xx, where the caller wants more than the answer."""


def again(call, timeout=15):
    """Repeats a call until it is answered by something else than a lost connection, half a body or a 5xx."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            answer = call()
            if not isinstance(answer, requests.Response) or answer.status_code < 500:
                return answer
            why = answer.text
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, ValueError, Unanswered) as lost:
            why = str(lost)
        if time.monotonic() > deadline:
            raise GaveUp(f"no answer within {timeout} s: {why}")
        time.sleep(0.1)


def _json(answer):
    if answer.status_code >= 500:
        raise Unanswered(answer.text)
    return answer.json()


def _read(account, url):
    return again(lambda: _json(account.read(url)))


def _register(acme, key):
    """The same key each time: where the first answer was lost, the account is there already."""
    answer = acme.post_jwk(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, key)
    resource = _json(answer)
    assert answer.status_code in (200, 201), answer.text
    return Account(acme, key, answer.headers["Location"], resource)


def _prove(account, url, http01):
    """True once the authorization is valid, False when it failed."""
    authorization = _read(account, url)
    if authorization["status"] == "pending":
        challenge = next(c for c in authorization["challenges"] if c["type"] == "http-01")
        http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
        again(lambda: account.post(challenge["url"], {}))
    wait_until(lambda: _read(account, url)["status"] != "pending", 20, f"{url} is settled", 0.2)
    return _read(account, url)["status"] == "valid"


def _finish(account, order_url, names, csr):
    """Finalizes and waits; the certificate's PEM, or None when the order was lost."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        order = _read(account, order_url)
        if order["status"] == "valid":
            return again(lambda: account.read(order["certificate"])).text
        if order["status"] == "ready":
            again(lambda: account.post(order["finalize"], {"csr": b64(csr)}))
        elif order["status"] != "processing":
            return None
        time.sleep(0.1)
    raise GaveUp(f"order {order_url} stays {order['status']}")


def finish(order, csr):
    """Finalizes an order, again where that was lost, and waits; the certificate's PEM."""
    return _finish(order.account, order.url, order.names, csr)


def issue(acme, names, http01, attempts=3):
    """A certificate (PEM chain) for `names` by a fresh account; GaveUp after `attempts` orders."""
    key = Key()
    account = again(lambda: _register(acme, key))
    csr = make_csr(names)
    for _ in range(attempts):
        answer = again(lambda: account.new_order(names))
        assert answer.status_code == 201, answer.text
        authorizations = answer.json()["authorizations"]
        if all([_prove(account, url, http01) for url in authorizations]):
            pem = _finish(account, answer.headers["Location"], names, csr)
            if pem:
                return pem
    raise GaveUp(f"no certificate for {names} in {attempts} orders")
