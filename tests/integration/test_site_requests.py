"""Keys and certificate requests made in a browser (site/js/der.js, csr.js, jws.js, names.js): what they write, other programs read."""
import subprocess

import pytest

from lab.browser import Browser

IDENTIFIERS = [{"type": "dns", "value": "xmpp.example"}, {"type": "dns", "value": "*.xmpp.example"}, {"type": "srv", "value": "_xmpp-server.xmpp.example"}]


@pytest.fixture(name="page", scope="module")
def page_fixture(ca):
    """A page of the site, from which its modules can be loaded."""
    with Browser(ca.root_pem) as browser:
        browser.open(ca.directory_url.replace("/acme/directory", "/get"))
        yield browser


def openssl(*words, text):
    done = subprocess.run(["openssl", *words], input=text, text=True, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def made(page, kind, identifiers):
    """(request, private key) as PEM."""
    return page.awaited("""
        const {makeKey, makeCsr, privateKeyPem} = await import('/js/csr.js'), {pem} = await import('/js/bytes.js');
        const pair = await makeKey(given[0]);
        return [pem('CERTIFICATE REQUEST', await makeCsr(pair, given[1])), await privateKeyPem(pair)];""", kind, identifiers)


@pytest.mark.parametrize("kind, words", [("P-256", "NIST CURVE: P-256"), ("RSA-3072", "Public-Key: (3072 bit)")])
def test_a_request_made_in_the_browser_is_signed_by_its_key_and_asks_for_the_names(page, kind, words):
    request, key = made(page, kind, IDENTIFIERS)
    text = openssl("req", "-verify", "-noout", "-text", text=request)
    assert "verify OK" in text
    assert words in text
    assert "Subject: \n" in text
    assert "X509v3 Subject Alternative Name: critical" in text
    assert "DNS:xmpp.example, DNS:*.xmpp.example, othername: SRVName::_xmpp-server.xmpp.example" in text
    assert openssl("req", "-pubkey", "-noout", text=request) == openssl("pkey", "-pubout", text=key)


def test_a_request_with_many_names_has_lengths_of_several_bytes(page):
    names = [{"type": "dns", "value": f"host-{n}.{'long-label-' * 4}x.xmpp.example"} for n in range(100)]
    text = openssl("req", "-verify", "-noout", "-text", text=made(page, "P-256", names)[0])
    assert "verify OK" in text
    assert text.count("DNS:host-") == 100


def test_every_signature_of_many_is_written_as_der_wants_it(page):
    requests = page.awaited("""
        const {makeKey, makeCsr} = await import('/js/csr.js'), {pem} = await import('/js/bytes.js');
        const pair = await makeKey('P-256');
        return Promise.all(Array.from({length: 60}, async () => pem('CERTIFICATE REQUEST', await makeCsr(pair, given[0]))));""", IDENTIFIERS)
    for request in requests:
        assert "verify OK" in openssl("req", "-verify", "-noout", text=request)


def test_the_account_key_can_not_be_read(page):
    assert page.awaited("""
        const {makeAccountKey} = await import('/js/jws.js');
        const pair = await makeAccountKey();
        return crypto.subtle.exportKey('jwk', pair.privateKey).then(() => 'read', (error) => error.name);""") == "InvalidAccessError"


@pytest.mark.parametrize("typed, expected", [
    ("example.org", {"name": "example.org"}),
    (" Anna@Example.ORG/phone ", {"name": "example.org"}),
    ("xmpp:anna@example.org", {"name": "example.org"}),
    ("https://example.org:5443/path?x#y", {"name": "example.org"}),
    ("example.org.", {"name": "example.org"}),
    ("münchen.example", {"name": "xn--mnchen-3ya.example"}),
    ("*.example.org", {"name": "*.example.org"}),
    ("example", {"wrong": "label"}),
    ("192.0.2.1", {"wrong": "address"}),
    ("0x7f.1", {"wrong": "address"}),
    ("[2001:db8::1]", {"wrong": "letters"}),
    ("exa mple.org", {"wrong": "letters"}),
    ("a.*.example.org", {"wrong": "letters"}),
    ("-example.org", {"wrong": "letters"}),
    ("<img src=x>.example.org", {"wrong": "letters"}),
    ("", {"wrong": "letters"}),
])
def test_a_domain_is_found_in_what_people_type(page, typed, expected):
    assert page.awaited("return (await import('/js/names.js')).domain(given[0])", typed) == expected


@pytest.mark.parametrize("name", ["münchen.example", "пример.испытание", "例え.テスト", "conference.bücher-und-mehr.example", "*.ελληνικά.example",
                                  "𐌰𐌱.example", "ö.example"])
def test_an_a_label_is_shown_as_its_language_writes_it(page, name):
    ascii_name, shown = page.awaited("""
        const {name} = (await import('/js/names.js')).domain(given[0]);
        return [name, (await import('/js/idn.js')).readable(name)];""", name)
    assert ascii_name.isascii() and "xn--" in ascii_name
    assert shown == name


@pytest.mark.parametrize("name", ["plain.example", "xn--.example", "xn--a.example", "xn--99999999999999.example", "xn--\u00fc.example"])
def test_what_is_no_a_label_is_shown_as_it_is(page, name):
    assert page.awaited("return (await import('/js/idn.js')).readable(given[0])", name) == name
