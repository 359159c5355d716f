"""What somebody with bad intentions tries on the site, by name. Every route comes from docs/site-api.md, so that none is forgotten."""
import json
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.acme_raw import Acme
from lab.jws import Key, external_account_binding
from lab.mailbox import Mailbox
from lab.paths import ROOT
from lab.site import OBJECT, PASSWORD, Client, add_passkey, documented_routes, sign_up, token_of, totp_code
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

POSTS = [pattern for method, pattern in documented_routes() if method == "POST" and pattern != "/api/unsubscribe"]
OBJECTS = [(method, pattern) for method, pattern in documented_routes() if OBJECT.search(pattern) and not pattern.startswith("/api/public/")]


@pytest.fixture(scope="module")
def mailbox():
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def site(output, mailbox):
    with Xicad(output / "attacked", resolve_all="127.0.0.1", options=["--mail-relay", f"smtp://127.0.0.1:{mailbox.port}"]) as running:
        running.url = running.directory_url.removesuffix("/acme/directory")
        yield running
    errors = [line for line in running.log.read_text().splitlines() if "level=error" in line]
    assert errors == [], "nothing that a stranger does is an error of the CA"


@pytest.fixture
def stranger(site):
    return Client(site.url, site.root_pem)


_people = iter(range(10**6))


@pytest.fixture
def make_person(site, mailbox):
    def make(address=None):
        client = Client(site.url, site.root_pem)
        client.address = address or f"person{next(_people)}@xmpp.example"
        return sign_up(client, mailbox, client.address)
    return make


@pytest.fixture(scope="module")
def victim(site, mailbox):
    """Somebody who is logged in all the time, whom nothing here may touch."""
    return sign_up(Client(site.url, site.root_pem), mailbox, "victim@xmpp.example")


# --- CSRF

@pytest.mark.parametrize("path", POSTS)
def test_csrf_no_other_origin_can_make_a_browser_change_anything(victim, path):
    url = victim.url + OBJECT.sub("1", path)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": victim.url + ".evil.example"},
                    {"Origin": victim.url, "Sec-Fetch-Site": "same-site"}, {"Origin": victim.url, "Sec-Fetch-Site": "cross-site"}):
        assert victim.post(url, json={}, headers=headers, timeout=30).status_code == 403, headers
    for content in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        answer = victim.post(url, data="{}", headers={"Origin": victim.url, "Content-Type": content}, timeout=30)
        assert answer.status_code == 415, content
    assert victim.look("/api/session")["signed_in"]


@pytest.mark.parametrize("method, path", documented_routes())
def test_csrf_nothing_is_changed_by_get_and_nothing_is_shared_across_origins(victim, method, path):
    answer = victim.get(victim.url + OBJECT.sub("1", path), headers={"Origin": "https://evil.example"}, timeout=30)
    if method == "POST" and ("GET", path) not in documented_routes():
        assert answer.status_code in (404, 405)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert answer.headers["Cache-Control"] == "no-store"
    assert victim.look("/api/session")["signed_in"]


def test_session_cookies_are_out_of_reach_for_scripts_and_other_sites(make_person, site):
    person = make_person()
    answer = person.submit("/api/log-in", {"address": person.address, "password": PASSWORD})
    lines = [line for line in answer.raw.headers.getlist("Set-Cookie") if line.startswith("__Host-session=")]
    assert lines
    for line in lines:
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "secure", "samesite=strict", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


# --- session fixation

def test_session_fixation_a_token_that_somebody_else_chose_is_never_adopted(stranger, make_person, mailbox):
    person = make_person()
    planted = stranger.token() or "A" * 43
    victim = Client(stranger.url, stranger.verify)
    victim.cookies.set("__Host-session", planted, domain="localhost.local", path="/", secure=True)
    victim.headers["Cookie"] = f"__Host-session={planted}"
    answer = victim.submit("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert answer.status_code == 200
    fresh = [line for line in answer.raw.headers.getlist("Set-Cookie") if line.startswith("__Host-session=")]
    assert fresh and planted not in fresh[0]
    attacker = Client(stranger.url, stranger.verify)
    attacker.headers["Cookie"] = f"__Host-session={planted}"
    assert not attacker.look("/api/session")["signed_in"]


def test_session_fixation_the_token_changes_when_rights_do(make_person):
    person = make_person()
    before = person.token()
    person.ok("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert person.token() != before
    old = Client(person.url, person.verify)
    old.headers["Cookie"] = f"__Host-session={before}"
    assert not old.look("/api/session")["signed_in"]


def test_a_session_that_was_ended_is_good_for_nothing(make_person):
    person = make_person()
    copy = Client(person.url, person.verify)
    copy.headers["Cookie"] = f"__Host-session={person.token()}"
    assert copy.look("/api/session")["signed_in"]
    person.ok("/api/log-out-everywhere")
    assert not copy.look("/api/session")["signed_in"]
    assert copy.read("/api/certificates").status_code == 401


# --- IDOR

def _certificate_of(client, site, key):
    """The serial of a certificate that is the person's whose key this is."""
    acme = Acme(site.directory_url, site.root_pem)
    own = Key()
    binding = external_account_binding(own, key["kid"], key["mac_key"], acme.directory["newAccount"])
    with Http01(site.http01_port) as http01:
        acme.new_account(own, externalAccountBinding=binding).issue(["owned.xmpp.example"], http01)
    certificates = client.look("/api/certificates")["certificates"]
    return certificates[0]["serial"]


@pytest.fixture(scope="module")
def owned(site, mailbox):
    """A person with one of everything, and the ids of it by the route's place."""
    owner = sign_up(Client(site.url, site.root_pem), mailbox, "owner@xmpp.example")
    key = owner.ok("/api/keys", {"name": "server"})
    return {"owner": owner, "/api/certificates/": _certificate_of(owner, site, key), "/api/keys/": key["kid"],
            "/api/person/passkeys/": add_passkey(owner), "/api/person/sessions/": str(owner.look("/api/person/sessions")["sessions"][0]["id"])}


def _all_of(owner):
    """What the owner has, as the owner sees it."""
    return {what: owner.look(path)[what] for path, what in (("/api/keys", "keys"), ("/api/certificates", "certificates"), ("/api/domains", "domains"),
                                                            ("/api/person/passkeys", "passkeys"))}


@pytest.mark.parametrize("method, path", OBJECTS)
def test_idor_nobody_reaches_what_is_another_persons(owned, make_person, stranger, method, path):
    thing = next(value for prefix, value in owned.items() if path.startswith(prefix))
    url = OBJECT.sub(thing, path)
    body = {"name": "taken over", "reason": 0}
    before = _all_of(owned["owner"])
    assert all(before.values()), "there is something to reach"
    if method == "GET":
        owned["owner"].look(url)
    other = make_person()
    answer = other.read(url) if method == "GET" else other.submit(url, body)
    assert answer.status_code == 404, (url, answer.text)
    answer = stranger.read(url) if method == "GET" else stranger.submit(url, body)
    assert answer.status_code == 401, (url, answer.text)
    assert _all_of(owned["owner"]) == before


def test_idor_nobody_ends_another_persons_session(owned, make_person):
    make_person().submit(f"/api/person/sessions/{owned['/api/person/sessions/']}/end")
    assert owned["owner"].look("/api/session")["signed_in"]


# --- nothing is served that is not written down, and so tried here

def test_every_route_of_the_site_is_documented_and_the_other_way_round():
    served = set()
    for file in sorted((ROOT / "src" / "site").glob("*.c")):
        served |= {(method, OBJECT.sub("{}", path)) for method, path in re.findall(r"\{HTTP_METHOD_(GET|POST), \"(/api/[^\"]*)\"", file.read_text())}
    assert served == {(method, OBJECT.sub("{}", path)) for method, path in documented_routes()}


def test_idor_the_console_is_closed_to_everybody_else(make_person, stranger):
    person = make_person()
    for client in (person, stranger):
        assert client.submit("/api/operator/command", {"command": "account list"}).status_code in (401, 403)
        assert client.submit("/api/operator/enter", {"code": "000000"}).status_code in (401, 403, 404)


@pytest.mark.parametrize("method, path", [route for route in documented_routes() if not route[1].startswith(
    ("/api/public/", "/api/session", "/api/sign-up", "/api/confirm", "/api/log-", "/api/reset", "/api/code", "/api/unsubscribe", "/api/person/address/confirm"))])
def test_nothing_is_anybodys_without_a_session(stranger, method, path):
    url = OBJECT.sub("1", path)
    answer = stranger.read(url) if method == "GET" else stranger.submit(url)
    assert answer.status_code == 401, answer.text


# --- brute force

def test_brute_force_on_a_password_must_wait_longer_and_longer_and_so_must_the_right_one(make_person, site):
    person = make_person()
    attacker = Client(site.url, site.root_pem)
    answers = [attacker.submit("/api/log-in", {"address": person.address, "password": f"guess number {n}"}) for n in range(5)]
    assert len({answer.status_code for answer in answers}) == 1 and answers[0].status_code in (401, 403, 422)
    late = attacker.submit("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert late.status_code == 429 and late.json()["error"] == "too-many-tries"
    assert int(late.headers["Retry-After"]) >= 1


def test_brute_force_on_a_second_factor_must_wait_too(make_person, site):
    person = make_person()
    secret = person.ok("/api/person/totp/begin")["secret"]
    person.ok("/api/person/totp/finish", {"code": totp_code(secret)})
    attacker = Client(site.url, site.root_pem)
    assert attacker.ok("/api/log-in", {"address": person.address, "password": PASSWORD})["half"]
    answers = [attacker.submit("/api/log-in/code", {"code": f"{n:06d}"}) for n in range(8)]
    assert answers[-1].status_code == 429, [answer.status_code for answer in answers]
    assert not attacker.look("/api/session")["signed_in"]


def test_a_half_session_is_no_session(make_person, site):
    person = make_person()
    secret = person.ok("/api/person/totp/begin")["secret"]
    person.ok("/api/person/totp/finish", {"code": totp_code(secret)})
    half = Client(site.url, site.root_pem)
    half.ok("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert half.read("/api/certificates").status_code == 401
    assert half.submit("/api/keys", {"name": "x"}).status_code == 401
    assert half.submit("/api/person/totp/remove").status_code == 401


def test_a_one_time_code_is_good_once(make_person, site):
    person = make_person()
    secret = person.ok("/api/person/totp/begin")["secret"]
    code = totp_code(secret)
    person.ok("/api/person/totp/finish", {"code": code})
    again = Client(site.url, site.root_pem)
    again.ok("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert again.submit("/api/log-in/code", {"code": code}).status_code in (401, 403, 422)


# --- who has an account is nobody's business

def test_sign_up_and_reset_say_the_same_to_known_and_unknown_addresses(make_person, stranger, mailbox):
    known, unknown = make_person().address, "nobody-here@xmpp.example"
    for path, body in (("/api/sign-up", {"password": PASSWORD, "language": "en"}), ("/api/reset", {})):
        answers = [stranger.submit(path, {"address": address, **body}) for address in (known, unknown)]
        assert answers[0].status_code == answers[1].status_code == 200
        assert answers[0].json() == answers[1].json() == {"sent": True}
    mailbox.wait(known, "log-in|reset")
    assert not [letter for letter in mailbox.to(unknown) if "/reset" in letter.text]


def test_wrong_log_ins_say_the_same_for_known_and_unknown_addresses(make_person, stranger):
    known = make_person().address
    answers = [stranger.submit("/api/log-in", {"address": address, "password": "not the right one"}) for address in (known, "nobody-at-all@xmpp.example")]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json() == answers[1].json()


def test_a_token_from_a_letter_is_good_once_and_only_for_its_purpose(site, mailbox):
    client = Client(site.url, site.root_pem)
    address = "once@xmpp.example"
    client.ok("/api/sign-up", {"address": address, "password": PASSWORD, "language": "en"})
    token = token_of(mailbox.wait(address, "/confirm"))
    assert client.submit("/api/reset/finish", {"token": token, "password": "another long one"}).status_code in (404, 410, 422)
    assert client.submit("/api/confirm", {"token": token, "password": "not that"}).status_code >= 400
    client.ok("/api/confirm", {"token": token, "password": PASSWORD})
    assert Client(site.url, site.root_pem).submit("/api/confirm", {"token": token, "password": PASSWORD}).status_code in (404, 410, 422)


# --- header injection in mail

@pytest.mark.parametrize("address", [
    "a@xmpp.example\r\nBcc: victim@elsewhere.example", "a@xmpp.example\nSubject: x", "a@xmpp.example, victim@elsewhere.example",
    "<a@xmpp.example>", "\"a b\"@xmpp.example", "a@xmpp.example\0", "a@b@xmpp.example", "a@", "@xmpp.example", "a@xmpp..example", "a" * 65 + "@xmpp.example",
    "a@" + "x" * 300, "", "a", "a@[127.0.0.1]", "a@xmpp.example\u2028b", "äö@xmpp.example"])
def test_header_injection_an_address_that_is_none_gets_no_letter(stranger, mailbox, address):
    before = len(mailbox.letters)
    for path in ("/api/sign-up", "/api/reset"):
        answer = stranger.submit(path, {"address": address, "password": PASSWORD, "language": "en"})
        assert answer.status_code in (200, 400, 422), answer.text
    probe = f"probe{time.monotonic_ns()}@xmpp.example"
    stranger.ok("/api/sign-up", {"address": probe, "password": PASSWORD, "language": "en"})
    mailbox.wait(probe)
    assert [letter.recipients for letter in mailbox.letters[before:]] == [[probe]]


def test_header_injection_what_people_name_things_stays_in_the_letters_text(make_person, site, mailbox):
    client = Client(site.url, site.root_pem, agent="x\tBcc: victim@elsewhere.example")
    person = make_person()
    client.ok("/api/log-in", {"address": person.address, "password": PASSWORD})
    letter = mailbox.wait(person.address, "Bcc: victim")
    assert letter.recipients == [person.address]
    assert letter.message["Bcc"] is None and letter.message["To"] == person.address


# --- SQL in every parameter, and whatever else fits into one

NASTY = ["' OR '1'='1", "'; DROP TABLE person; --", "\" OR 1=1 --", "1) UNION SELECT 1,2,3 --", "%' --", "\\", "\0", "a" * 70000, "\ud7ff\uffff",
         {"a": 1}, [1], None, True, 1e308, -1, 2**63, {"$ne": 1}]
MEMBERS = ["address", "password", "token", "code", "name", "old", "language", "csr", "reason", "authz", "id", "client_data", "attestation",
           "authenticator_data", "signature", "command", "browser", "issued", "domain", "serial"]


@pytest.fixture
def odd_person(site, mailbox, make_person, request):
    """Somebody logged in, who may be logged out or deleted by what a test sends: the next test gets another."""
    known = getattr(request.module, "_odd_person", None)
    if known is None or not known.look("/api/session")["signed_in"]:
        known = request.module._odd_person = make_person()  # pylint: disable=protected-access
    return known


@pytest.mark.parametrize("path", POSTS)
def test_sql_and_other_oddities_in_every_member_change_nothing(odd_person, path):
    person = odd_person
    for value in NASTY:
        body = dict.fromkeys(MEMBERS, value)
        try:
            text = json.dumps(body)
        except ValueError:
            continue
        answer = person.post(person.url + OBJECT.sub("1", path), data=text.encode("utf-8", "surrogatepass"), timeout=30,
                             headers={"Origin": person.url, "Content-Type": "application/json"})
        assert answer.status_code < 500 or answer.status_code == 503, (path, value, answer.text)
        if answer.status_code == 200 and path.startswith("/api/log-out"):
            person.ok("/api/log-in", {"address": person.address, "password": PASSWORD})
    assert person.look("/api/public/numbers")["active"] >= 0


@pytest.mark.parametrize("method, path", documented_routes())
def test_sql_and_other_oddities_in_paths_and_queries_change_nothing(odd_person, method, path):
    person = odd_person
    for value in ("%27%20OR%201%3D1--", "1;DROP%20TABLE%20person", "..%2f..%2fetc%2fpasswd", "%00", "%ff", "-1", "99999999999999999999", "a" * 200):
        target = OBJECT.sub(value, path) if OBJECT.search(path) else f"{path}?after={value}&domain={value}&token={value}&notice={value}"
        answer = person.read(target) if method == "GET" else person.submit(target)
        assert answer.status_code < 500 or answer.status_code == 503, (target, answer.status_code, answer.text)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"1", b"{", b'{"address":"a","address":"b"}', b"{}{}", b"\xff", b'{"a":' * 2000, b"{" + b" " * 60000 + b"}"])
def test_what_is_no_json_object_is_refused_with_words(stranger, body):
    answer = stranger.post(stranger.url + "/api/log-in", data=body, headers={"Origin": stranger.url, "Content-Type": "application/json"}, timeout=30)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


# --- oversize and slow

def test_oversize_a_body_beyond_64_kib_is_refused(stranger):
    answer = stranger.submit("/api/log-in", {"address": "a" * 70000})
    assert answer.status_code == 413 and answer.json()["error"] == "too-large"


def test_slow_requests_do_not_keep_others_waiting(site, stranger):
    host, port = "localhost", int(site.url.rsplit(":", 1)[1])
    context = ssl.create_default_context(cafile=str(site.root_pem))
    slow = []
    for _ in range(64):
        connection = context.wrap_socket(socket.create_connection((host, port), timeout=10), server_hostname=host)
        connection.sendall(b"POST /api/log-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        slow.append(connection)
    began = time.monotonic()
    for _ in range(10):
        assert stranger.look("/api/session") is not None
    assert time.monotonic() - began < 20
    for connection in slow:
        connection.close()


def test_many_passwords_at_once_keep_nobody_else_waiting(site, make_person):
    person = make_person()

    def guess(number):
        return Client(site.url, site.root_pem).submit("/api/log-in", {"address": f"flood{number}@xmpp.example", "password": "a long enough one"}).status_code

    with ThreadPoolExecutor(16) as pool:
        guesses = [pool.submit(guess, number) for number in range(24)]
        looks = 0
        while not all(one.done() for one in guesses):
            began = time.monotonic()
            assert person.look("/api/session")["signed_in"]
            assert time.monotonic() - began < 10
            looks += 1
    assert looks and {one.result() for one in guesses} <= {422, 429, 503}


# --- open redirect and cross-site scripting are tried in a real browser: test_site_injection.py
