"""A client made of python-acme's own pieces (certbot's library): its messages, signing, nonces and retries, with renewal information (RFC 9773) and profiles,
which the library of this distribution doesn't know yet."""
import datetime

import josepy as jose
import pytest
from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab import certs
from lab.csr import key_pem, new_key

DAY = datetime.timedelta(days=1)


class Directory(messages.Directory):
    """With the member of draft-ietf-acme-profiles."""

    class Meta(messages.Directory.Meta):
        profiles: dict = jose.field("profiles", omitempty=True)


class Order(messages.Order):
    profile: str = jose.field("profile", omitempty=True)
    replaces: str = jose.field("replaces", omitempty=True)


class Client(client.ClientV2):
    """ClientV2, whose orders may say more: profile, replaces."""

    def __init__(self, ca, key, algorithm):
        network = client.ClientNetwork(key, alg=algorithm, verify_ssl=str(ca.root_pem), user_agent="xica-test")
        super().__init__(Directory.from_json(network.get(ca.directory_url).json()), network)
        self.new_account(messages.NewRegistration(terms_of_service_agreed=True))

    def new_order(self, csr_pem, **more):
        known = crypto_util._pyopenssl_cert_or_req_all_names(crypto_util.crypto.load_certificate_request(crypto_util.crypto.FILETYPE_PEM, csr_pem))
        identifiers = [messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) for name in known]
        response = self._post(self.directory["newOrder"], Order(identifiers=identifiers, **more))
        body = Order.from_json(response.json())
        authorizations = [self._authzr_from_response(self._post_as_get(url), uri=url) for url in body.authorizations]
        return messages.OrderResource(body=body, uri=response.headers["Location"], authorizations=authorizations, csr_pem=csr_pem)

    def issue(self, names, http01, **more):
        """From a new order to the certificate; returns the order as it was made, and certs.Issued."""
        order = self.new_order(crypto_util.make_csr(key_pem(new_key()), names), **more)
        for authorization in order.authorizations:
            for body in authorization.body.challenges:
                if isinstance(body.chall, challenges.HTTP01) and authorization.body.status == messages.STATUS_PENDING:
                    response, http01.answers[body.chall.encode("token")] = body.response_and_validation(self.net.key)
                    self.answer_challenge(body, response)
        return order.body, certs.Issued(self.poll_and_finalize(order).fullchain_pem)

    def renewal_info(self, leaf):
        """The window's start and end, and when to ask again."""
        response = self.net.get(f"{self.directory['renewalInfo']}/{certs.renewal_id(leaf)}")
        window = response.json()["suggestedWindow"]
        start, end = (datetime.datetime.fromisoformat(window[name].replace("Z", "+00:00")).replace(tzinfo=None) for name in ("start", "end"))
        return start, end, self.retry_after(response, 0)


_KEYS = {"RS256": (lambda: jose.JWKRSA(key=rsa.generate_private_key(65537, 2048)), jose.RS256),
         "ES256": (lambda: jose.JWKEC(key=ec.generate_private_key(ec.SECP256R1())), jose.ES256)}


@pytest.fixture(params=sorted(_KEYS))
def python_acme(request, ca):
    make_key, algorithm = _KEYS[request.param]
    return Client(ca, make_key(), algorithm)


# --- profiles

def test_the_directory_names_the_profiles_and_says_what_each_is_for(python_acme):
    profiles = python_acme.directory.meta.profiles
    assert set(profiles) == {"xmpp-server", "shortlived", "serverauth", "delegated"}
    assert all(isinstance(text, str) and len(text) > 10 for text in profiles.values())


def test_an_order_gets_the_profile_that_it_names_and_says_so(python_acme, http01, domain):
    order, issued = python_acme.issue([domain], http01, profile="shortlived")
    assert order.profile == "shortlived"
    assert issued.leaf.not_valid_after - issued.leaf.not_valid_before < 6 * DAY
    order, issued = python_acme.issue([domain], http01)
    assert order.profile == "xmpp-server"
    assert issued.leaf.not_valid_after - issued.leaf.not_valid_before > 89 * DAY


def test_a_profile_that_there_is_not_is_an_error_that_names_it(python_acme, domain):
    with pytest.raises(messages.Error) as caught:
        python_acme.new_order(crypto_util.make_csr(key_pem(new_key()), [domain]), profile="classic")
    assert caught.value.typ == "urn:ietf:params:acme:error:invalidProfile" and "classic" in caught.value.detail


# --- renewal information

def test_a_certificate_is_renewed_as_the_ca_suggests_and_replaced_once(ca, python_acme, http01, domain):
    first_order, first = python_acme.issue([domain], http01)
    assert first_order.replaces is None
    start, end, again = python_acme.renewal_info(first.leaf)
    assert datetime.datetime.utcnow() + 55 * DAY < start < end < first.leaf.not_valid_after
    assert datetime.timedelta(0) < again - datetime.datetime.now() < DAY

    ca.cli("cert", "renew-now", "--serial", f"{first.leaf.serial_number:x}")
    start, end, _ = python_acme.renewal_info(first.leaf)
    assert start < end <= datetime.datetime.utcnow(), "now it is time"
    order, second = python_acme.issue([domain], http01, replaces=certs.renewal_id(first.leaf))
    assert order.replaces == certs.renewal_id(first.leaf) and second.leaf.serial_number != first.leaf.serial_number

    csr = crypto_util.make_csr(key_pem(new_key()), [domain])
    with pytest.raises(errors.ConflictError):  # what the library makes of any 409
        python_acme.new_order(csr, replaces=certs.renewal_id(first.leaf))
    assert "alreadyReplaced" in _refused(python_acme, Order(identifiers=list(order.identifiers), replaces=certs.renewal_id(first.leaf)))
    third, _ = python_acme.issue([domain], http01, replaces=certs.renewal_id(second.leaf))
    assert third.replaces == certs.renewal_id(second.leaf)


def _refused(python_acme, order):
    """The body of a refusal that the library makes no problem document of."""
    url = python_acme.directory["newOrder"]
    data = python_acme.net._wrap_in_jws(order, python_acme.net._get_nonce(url, python_acme.directory["newNonce"]), url)
    response = python_acme.net._send_request("POST", url, data=data, headers={"Content-Type": python_acme.net.JOSE_CONTENT_TYPE})
    assert response.headers["Content-Type"] == python_acme.net.JSON_ERROR_CONTENT_TYPE
    return response.text


# --- nonces

def test_a_nonce_that_was_used_already_costs_the_library_one_more_request_and_no_more(python_acme, domain):
    network, sent = python_acme.net, []
    send = network._send_request
    network._send_request = lambda method, url, *words, **options: sent.append((method, url)) or send(method, url, *words, **options)
    network._nonces = {_spent(python_acme)}
    sent.clear()
    order = python_acme.new_order(crypto_util.make_csr(key_pem(new_key()), [domain]))
    assert order.body.status == messages.STATUS_PENDING
    url = python_acme.directory["newOrder"]
    assert [method for method, where in sent if where == url] == ["POST", "POST"], "badNonce, then it is made"


def _spent(python_acme):
    """A nonce that was good once."""
    network, url = python_acme.net, python_acme.net.account.uri
    nonce = network._get_nonce(url, python_acme.directory["newNonce"])
    data = network._wrap_in_jws(messages.UpdateRegistration(), nonce, url)
    assert network._send_request("POST", url, data=data, headers={"Content-Type": network.JOSE_CONTENT_TYPE}).status_code == 200
    return nonce
