"""A small, precise ACME client (RFC 8555) for protocol tests: nothing is repeated, nothing forgiven, all of it can be bent."""
import json

import requests
import requests.adapters

from .certs import Issued
from .csr import make_csr
from .jws import Key, b64, flattened
from .waiting import wait_until

JOSE = "application/jose+json"


def problem(answer, kind, status=None):
    """Asserts that an answer is a problem document of this ACME error type ("one|other" allows two); returns the document."""
    assert answer.headers.get("Content-Type") == "application/problem+json", (answer.status_code, answer.text)
    document = answer.json()
    assert document["type"] in [f"urn:ietf:params:acme:error:{word}" for word in kind.split("|")], document
    assert document["status"] == answer.status_code, document
    assert status is None or answer.status_code == status, document
    assert document["detail"], document
    return document


class Acme:
    """One server: its directory, nonces, and unauthenticated requests."""

    def __init__(self, directory_url, root_pem, adapter=None):
        self.session = requests.Session()
        self.session.mount("https://", adapter or requests.adapters.HTTPAdapter(pool_maxsize=70))
        self.session.verify = str(root_pem)
        self.session.trust_env = False
        self.directory_url = directory_url
        self.directory = self.get(directory_url).json()

    def get(self, url, **options):
        return self.session.get(url, timeout=20, **options)

    def nonce(self):
        answer = self.session.head(self.directory["newNonce"], timeout=20)
        return answer.headers["Replay-Nonce"]

    def send(self, url, body, content_type=JOSE):
        """Posts a body (a JWS dictionary, or raw text or bytes) with no further thought."""
        data = json.dumps(body) if isinstance(body, dict) else body
        return self.session.post(url, data=data, headers={"Content-Type": content_type}, timeout=40)

    def new_account(self, key=None, **members):
        """Registers a key and returns its Account."""
        key = key or Key()
        payload = {"termsOfServiceAgreed": True, **members}
        answer = self.post_jwk(self.directory["newAccount"], payload, key)
        assert answer.status_code in (200, 201), answer.text
        return Account(self, key, answer.headers["Location"], answer.json())

    def post_jwk(self, url, payload, key):
        """A request signed by a key that stands in it."""
        protected = {"alg": key.algorithm, "jwk": key.jwk(), "nonce": self.nonce(), "url": url}
        return self.send(url, flattened(key, protected, payload))


class Account:
    """An account: requests signed by its key, and the steps from order to certificate by http-01."""

    def __init__(self, acme, key, url, resource=None):
        self.acme, self.key, self.url, self.resource = acme, key, url, resource

    def protected(self, url, **changes):
        """The protected header of a good request; a change to None removes the member."""
        header = {"alg": self.key.algorithm, "kid": self.url, "nonce": self.acme.nonce(), "url": url, **changes}
        return {name: value for name, value in header.items() if value is not None}

    def signed(self, url, payload, **changes):
        return flattened(self.key, self.protected(url, **changes), payload)

    def post(self, url, payload, **changes):
        return self.acme.send(url, self.signed(url, payload, **changes))

    def read(self, url):
        """POST-as-GET."""
        return self.post(url, None)

    def json(self, url):
        answer = self.read(url)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_order(self, names, **members):
        """Posts newOrder and returns the raw answer."""
        identifiers = [name if isinstance(name, dict) else {"type": "dns", "value": name} for name in names]
        return self.post(self.acme.directory["newOrder"], {"identifiers": identifiers, **members})

    def order(self, names, **members):
        """A new order, which must be accepted."""
        answer = self.new_order(names, **members)
        assert answer.status_code == 201, answer.text
        return Order(self, answer.headers["Location"], names)

    def prove(self, authorization_url, http01, timeout=20):
        """Proves one authorization by http-01 (when it is pending) and returns it in its final state."""
        authorization = self.json(authorization_url)
        if authorization["status"] == "pending":
            challenge = challenge_of(authorization)
            http01.answers[challenge["token"]] = self.key.key_authorization(challenge["token"])
            answer = self.post(challenge["url"], {})
            assert answer.status_code == 200, answer.text
        return self.settled(authorization_url, timeout)

    def settled(self, authorization_url, timeout=20):
        """The authorization, once it is no longer pending."""
        def final():
            authorization = self.json(authorization_url)
            return authorization if authorization["status"] != "pending" else None
        return wait_until(final, timeout, f"{authorization_url} is settled", 0.1)

    def issue(self, names, http01, key=None, **members):
        """From newOrder to the certificate; returns certs.Issued."""
        order = self.order(names, **members)
        order.prove_all(http01)
        return order.certificate(make_csr(names, key))


class Order:
    """An order of an account by its URL."""

    def __init__(self, account, url, names):
        self.account, self.url, self.names = account, url, names

    def json(self):
        return self.account.json(self.url)

    def prove_all(self, http01):
        for url in self.json()["authorizations"]:
            authorization = self.account.prove(url, http01)
            assert authorization["status"] == "valid", authorization
        return self

    def finalize(self, csr_der):
        """Posts finalize and returns the raw answer."""
        return self.account.post(self.json()["finalize"], {"csr": b64(csr_der)})

    def settled(self, timeout=20):
        """The order, once it is valid or invalid."""
        def final():
            order = self.json()
            return order if order["status"] in ("valid", "invalid") else None
        return wait_until(final, timeout, f"{self.url} is settled", 0.1)

    def certificate(self, csr_der):
        """Finalizes, which must succeed, and downloads."""
        answer = self.finalize(csr_der)
        assert answer.status_code == 200, answer.text
        order = self.settled()
        assert order["status"] == "valid", order
        return self.download(order["certificate"])

    def download(self, url):
        answer = self.account.read(url)
        assert answer.status_code == 200, answer.text
        issued = Issued(answer.text)
        issued.url, issued.links = url, answer.raw.headers.getlist("Link")
        return issued


def challenge_of(authorization, kind="http-01"):
    """The challenge of one type in an authorization."""
    found = [challenge for challenge in authorization["challenges"] if challenge["type"] == kind]
    assert len(found) == 1, authorization
    return found[0]
