"""email-01 from end to end: a whole CA, a real SMTP server as its relay, and a certificate by nothing but a code from a letter."""
import re

import pytest

from lab import certs
from lab.acme_raw import Acme, challenge_of, problem
from lab.csr import make_csr
from lab.mailbox import Mailbox
from lab.waiting import wait_until
from lab.xicad import Xicad


@pytest.fixture(scope="module")
def relay():
    with Mailbox() as running:
        yield running


@pytest.fixture(scope="module")
def mailing_ca(output, nameserver, relay):
    """A CA of these tests' own, which hands its letters to the relay."""
    with Xicad(output / "mailing-ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor,
               options=["--mail-relay", f"smtp://127.0.0.1:{relay.port}"]) as running:
        yield running


@pytest.fixture(scope="module")
def mailing_acme(mailing_ca):
    return Acme(mailing_ca.directory_url, mailing_ca.root_pem)


@pytest.fixture
def writer(mailing_acme):
    """A fresh account."""
    return mailing_acme.new_account()


class Proof:
    """The email-01 challenge of an order's one name."""

    def __init__(self, account, name):
        self.account, self.name = account, name
        self.order = account.order([name])
        self.authorization_url = self.order.json()["authorizations"][0]
        self.url = challenge_of(account.json(self.authorization_url), "email-01")["url"]

    def json(self):
        return self.account.json(self.url)

    def ask(self, mailbox="hostmaster", **more):
        return self.account.post(self.url, {"address": f"{mailbox}@{self.name}", **more})

    def letter(self, relay, mailbox="hostmaster", count=1):
        """A letter that was asked for and came."""
        answer = self.ask(mailbox)
        assert answer.status_code == 200, answer.text
        return relay.wait(f"{mailbox}@{self.name}", count=count)

    def answer(self, code):
        """Answers with a code; the challenge once it is no longer in processing."""
        answer = self.account.post(self.url, {"code": code})
        assert answer.status_code == 200, answer.text
        return self.settled()

    def settled(self):
        def final():
            challenge = self.json()
            return challenge if challenge["status"] != "processing" else None
        return wait_until(final, 20, f"{self.url} is not in processing", 0.1)


def _code(letter):
    return re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", letter.text)[0]


def _wrong(code):
    return "1111-1111" if code[0] == "0" else "0000-0000"


def test_a_code_from_a_letter_makes_a_certificate(writer, relay, mailing_ca, domain, workdir):
    proof = Proof(writer, domain)
    assert challenge_of(writer.json(proof.authorization_url), "email-01")["addresses"] == [f"{box}@{domain}" for box in ("hostmaster", "postmaster", "webmaster")]
    answer = proof.ask("postmaster")
    assert answer.status_code == 200 and answer.json()["status"] == "pending"
    assert answer.json()["sent"]["address"] == f"postmaster@{domain}" and answer.json()["triesLeft"] == 5
    letter = relay.wait(f"postmaster@{domain}")
    assert domain in letter.text and writer.url in letter.text and "15 minutes" in letter.text
    assert proof.answer(_code(letter).lower().replace("-", " "))["status"] == "valid"
    issued = proof.order.certificate(make_csr([domain]))
    assert certs.openssl_verify(issued, mailing_ca.root_pem, workdir, ["-verify_hostname", domain]).returncode == 0
    assert '"email-01"' in mailing_ca.cli("audit", "show", check=False).stdout or "email-01" in (mailing_ca.directory / "audit.log").read_text()


def test_a_letter_comes_in_the_language_that_was_asked_for(writer, relay, domain):
    proof = Proof(writer, domain)
    assert proof.ask(language="de").status_code == 200
    assert "15 Minuten" in relay.wait(f"hostmaster@{domain}").text


def test_the_link_of_a_letter_holds_what_the_page_sends_and_shows(writer, relay, mailing_ca, domain):
    proof = Proof(writer, domain)
    letter = proof.letter(relay)
    link = re.search(r"https://\S+/code#\S+", letter.text)[0]
    base, _, fragment = link.partition("/code#")
    authz, code, name = fragment.split(".", 2)
    assert base == f"https://localhost:{mailing_ca.https_port}" and code == _code(letter) and name == domain
    assert authz == f"{proof.authorization_url.rsplit('/', 1)[1]}-{proof.json()['token']}"


def test_the_fifth_wrong_code_ends_order_and_authorization(writer, relay, domain):
    proof = Proof(writer, domain)
    code = _code(proof.letter(relay))
    for left in (4, 3, 2, 1):
        challenge = proof.answer(_wrong(code))
        assert (challenge["status"], challenge["triesLeft"]) == ("pending", left)
        assert challenge["error"]["type"] == "urn:ietf:params:acme:error:incorrectResponse"
    assert proof.answer(_wrong(code))["status"] == "invalid"
    assert writer.json(proof.authorization_url)["status"] == "invalid" and proof.order.json()["status"] == "invalid"
    assert proof.answer(code)["status"] == "invalid", "the right one comes too late"


def test_a_code_is_worth_nothing_to_another_account(mailing_acme, writer, relay, domain):
    mine, theirs = Proof(writer, domain), Proof(mailing_acme.new_account(), domain)
    code = _code(mine.letter(relay))
    _ = theirs.letter(relay, "postmaster")
    challenge = theirs.answer(code)
    assert challenge["status"] == "pending" and challenge["triesLeft"] == 4
    problem(theirs.account.post(mine.url, {"code": code}), "malformed", 404)
    assert mine.answer(code)["status"] == "valid"


def test_a_relay_that_refuses_an_address_is_told_and_another_address_may_be_taken(writer, relay, domain):
    relay.answer = lambda address: "550 no such user here" if address.startswith("hostmaster") else None
    try:
        proof = Proof(writer, domain)
        answer = proof.ask()
        assert answer.status_code == 200 and "sent" not in answer.json() and answer.json()["status"] == "pending"
        assert answer.json()["error"]["type"] == "urn:ietf:params:acme:error:connection" and "no such user here" not in answer.text
        assert "take another address" in answer.json()["error"]["detail"]
        problem(proof.account.post(proof.url, {"code": "ABCD-EFGH"}), "malformed", 400)
    finally:
        relay.answer = None


def test_codes_that_a_restarted_validator_has_forgotten_need_another_letter(writer, relay, mailing_ca, domain):
    proof = Proof(writer, domain)
    code = _code(proof.letter(relay))
    mailing_ca.kill("validator")
    challenge = proof.answer(code)
    assert challenge["status"] == "pending" and "sent" not in challenge and "new letter" in challenge["error"]["detail"]
    assert writer.json(proof.authorization_url)["status"] == "pending"


def test_a_registrar_that_restarts_keeps_what_was_sent(writer, relay, mailing_ca, domain):
    proof = Proof(writer, domain)
    code = _code(proof.letter(relay))
    mailing_ca.kill("registrar")
    assert proof.json()["sent"]["address"] == f"hostmaster@{domain}"
    assert proof.answer(code)["status"] == "valid"


def test_letters_keep_their_distance(writer, relay, domain):
    proof = Proof(writer, domain)
    _ = proof.letter(relay)
    answer = proof.ask("webmaster")
    problem(answer, "rateLimited", 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_no_code_is_anywhere_but_in_the_letter(writer, relay, mailing_ca, domain):
    proof = Proof(writer, domain)
    code = _code(proof.letter(relay))
    places = [path for path in mailing_ca.directory.rglob("*") if path.is_file()] + [mailing_ca.log]
    for text in (code.encode(), code.replace("-", "").encode()):
        assert [path for path in places if text in path.read_bytes()] == []


def _memory(pid):
    """All that a process has written into its memory."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(number, 16) for number in span.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                yield memory.read(end - start)


def test_the_registrar_and_the_fronts_do_not_have_the_code_in_their_memory(writer, relay, mailing_ca, domain):
    proof = Proof(writer, domain)
    code = _code(proof.letter(relay)).replace("-", "").encode()

    def have_it(role, text):
        return [pid for pid in mailing_ca.role_pids(role) if any(text in piece for piece in _memory(pid))]
    assert have_it("validator", code), "it is the validator's"
    assert have_it("registrar", domain.encode()), "the registrar's memory can be read"
    for role in ("registrar", "front", "signer", "parent"):
        assert have_it(role, code) == [] and have_it(role, code[:4] + b"-" + code[4:]) == []
    assert proof.answer(code.decode())["status"] == "valid"


def _confirm(acme, authz, code, **headers):
    """What the page behind the letter's link sends."""
    origin = acme.directory_url.partition("/acme/")[0]
    return acme.session.post(f"{origin}/api/code", json={"authz": authz, "code": code}, headers={"Origin": origin, **headers}, timeout=40)


def _link(letter):
    """(AUTHZ, CODE, DOMAIN)"""
    return re.search(r"https://\S+/code#(\S+)", letter.text)[1].split(".", 2)


def test_who_confirms_the_code_on_the_page_proves_the_domain_for_the_account(mailing_acme, writer, relay, domain):
    proof = Proof(writer, domain)
    authz, code, _ = _link(proof.letter(relay))
    answer = _confirm(mailing_acme, authz, code)
    assert (answer.status_code, answer.json()) == (200, {"proven": True})
    assert writer.json(proof.authorization_url)["status"] == "valid"
    assert _confirm(mailing_acme, authz, code).json() == {"proven": True}, "a second press of the button does no harm"
    assert proof.order.certificate(make_csr([domain]))


def test_on_the_page_too_the_fifth_wrong_code_is_the_last(mailing_acme, writer, relay, domain):
    proof = Proof(writer, domain)
    authz, code, _ = _link(proof.letter(relay))
    for left in (4, 3, 2, 1):
        answer = _confirm(mailing_acme, authz, _wrong(code))
        assert answer.status_code == 422 and answer.json()["error"] == "wrong-code" and str(left) in answer.json()["why"]
    assert _confirm(mailing_acme, authz, _wrong(code)).status_code == 422
    assert _confirm(mailing_acme, authz, code).status_code == 422
    assert writer.json(proof.authorization_url)["status"] == "invalid"


def test_who_has_not_seen_the_letter_can_use_up_nobody_s_tries(mailing_acme, writer, relay, domain):
    proof = Proof(writer, domain)
    authz, code, _ = _link(proof.letter(relay))
    number, _, token = authz.partition("-")
    other = challenge_of(writer.json(proof.authorization_url), "http-01")["token"]
    for guess in (number, f"{number}-", f"{number}-{token[:-1]}", f"{number}-{other}", f"-{token}", f"{int(number) + 1}-{token}", f"0{number}-{token}", token, "", "\x00", "1" * 60):
        answer = _confirm(mailing_acme, guess, code)
        assert answer.status_code in (400, 422), (guess, answer.text)
    assert proof.json()["triesLeft"] == 5 and proof.json()["status"] == "pending"
    assert proof.answer(code)["status"] == "valid"


def test_no_other_site_can_confirm_a_code(mailing_acme, writer, relay, domain):
    proof = Proof(writer, domain)
    authz, code, _ = _link(proof.letter(relay))
    assert _confirm(mailing_acme, authz, code, Origin="https://evil.example").status_code == 403
    assert proof.json()["status"] == "pending"


def test_without_a_relay_a_development_ca_writes_the_letter_into_a_folder(ca, account, domain):
    proof = Proof(account, domain)
    assert "sent" in proof.ask().json()
    letters = [path.read_text() for path in (ca.directory / "mail").glob("*-code.eml")]
    letter = next(text for text in letters if f"To: <hostmaster@{domain}>" in text or f"hostmaster@{domain}" in text)
    code = re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", letter.partition("\n\n")[2] or letter)[0]
    assert proof.answer(code)["status"] == "valid"
