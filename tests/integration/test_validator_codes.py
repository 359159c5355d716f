"""email-01 in the validator: the test is its parent, its registrar and its mailer. A registrar that has gone wrong must get neither a code nor a receipt."""
import hashlib
import hmac
import re
import time

import pytest

from lab.ipc import Role
from lab.nameserver import NameServer
from lab.paths import output_directory
from lab.validator import THUMBPRINT, TOKEN
from lab.zone import Zone

KEY = bytes(range(32))
URL = "https://localhost:14000"
ACCOUNT = f"{URL}/acme/acct/1"
NAME = "plain.example"
SENT, LATER, NEVER = 1, 2, 3
SUBJECT = dict(IDENTIFIER_TYPE=1, IDENTIFIER=NAME, WILDCARD=0, TOKEN=TOKEN, THUMBPRINT=THUMBPRINT, ACCOUNT_URL=ACCOUNT)


@pytest.fixture(scope="module")
def zones():
    with NameServer(output_directory("validator-codes-dns"), [Zone(NAME, ["@ A 127.0.0.1", 'forbidden CAA 0 issue ";"', "forbidden A 127.0.0.1"])]) as server:
        yield server


class Setting:
    """A validator between a registrar and a mailer."""

    def __init__(self, workdir, zones, mail="mail { code-challenge = true }"):
        self.text = f"""
            url = "{URL}"
            state-dir = "{workdir}"
            caa-identities = {{"ca.example"}}
            proof {{ dns = "{zones.endpoint}" trust-anchor = "{zones.trust_anchor}" }}
            {mail}
            names {{ lenient = true }}
            development {{ }}
        """
        self.log = workdir / "validator.log"
        self.role = self.registrar = self.mailer = None
        self.number = 0

    def __enter__(self):
        self.role = Role("validator", self.text, self.log, RECEIPT_KEY=KEY).wait_ready()
        self.mailer = self.role.connect("mailer")
        self.registrar = self.role.connect("registrar")  # the last one: when it is heard, the mailer is there
        return self

    def __exit__(self, *_):
        self.role.__exit__()

    def ask(self, to=f"hostmaster@{NAME}", **other):
        """Asks for a letter; the number of the question."""
        self.number += 1
        fields = dict(SUBJECT, MAIL_TO=to, LANGUAGE="en", URL=f"{URL}/code#1-{TOKEN}.")
        self.registrar.send("CODE_SEND", self.number, **{**fields, **other})
        return self.number

    def letter(self):
        """What the mailer gets: (number, fields, {name: value})."""
        kind, number, fields = self.mailer.take()
        assert kind == "MAIL"
        return number, fields, dict(value.decode().split("=", 1) for value in fields["VALUE"])

    def mailed(self, number, result=SENT, **more):
        self.mailer.send("MAILED", number, RESULT=result, **more)

    def have_code(self, **other):
        """A code that was sent."""
        asked = self.ask(**other)
        number, _, values = self.letter()
        self.mailed(number)
        assert self.registrar.take()[:2] == ("CODE_SENT", asked)
        return values["code"]

    def answer(self, code, **other):
        """What the validator says to a code: (type, fields)."""
        self.number += 1
        self.registrar.send("VALIDATE", self.number, CHALLENGE="email-01", EXPIRES=int(time.time()) + 3600, CODE=code, **{**SUBJECT, **other})
        kind, number, fields = self.registrar.take()
        assert number == self.number
        return kind, fields


@pytest.fixture
def setting(workdir, zones):
    with Setting(workdir, zones) as running:
        yield running


def _wrong(code, n=0):
    return ("1111-111" if code[0] == "0" else "0000-000") + str(n)


def test_a_letter_says_what_it_is_for_and_its_code_makes_a_receipt(setting):
    asked = setting.ask(LANGUAGE="de")
    number, fields, values = setting.letter()
    assert fields["MAIL_TO"] == b"hostmaster@plain.example" and fields["LETTER"] == b"code" and fields["LANGUAGE"] == b"de"
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", values["code"])
    assert values == {"domain": NAME, "code": values["code"], "minutes": "15", "account": ACCOUNT, "link": f"{URL}/code#1-{TOKEN}.{values['code']}.{NAME}"}
    setting.mailed(number)
    kind, number, told = setting.registrar.take()
    assert (kind, number) == ("CODE_SENT", asked) and abs(int.from_bytes(told["EXPIRES"], "big") - time.time() - 900) < 60
    assert set(told) == {"RECEIPT", "VALUE", "EXPIRES", "TRIES_LEFT"}, "nothing of the code reaches the registrar"
    kind, fields = setting.answer(values["code"].lower().replace("-", " "))
    assert kind == "VALIDATED"
    for receipt, want in zip(fields["RECEIPT"], (1, 2), strict=True):
        assert hmac.compare_digest(receipt[-32:], hmac.new(KEY, receipt[:-32], hashlib.sha256).digest())
        assert receipt[9] == want and receipt[10] == 6 and receipt[30:62] == THUMBPRINT and receipt[63:-32].decode() == NAME


def test_nothing_of_a_code_is_in_the_log(setting):
    code = setting.have_code()
    setting.answer(_wrong(code))
    setting.answer(code)
    assert code not in setting.log.read_text() and code.replace("-", "") not in setting.log.read_text()


def test_guessing_ends_with_the_fifth_wrong_code(setting):
    code = setting.have_code()
    for left in (4, 3, 2, 1):
        kind, fields = setting.answer(_wrong(code, left))
        assert kind == "INVALID" and int.from_bytes(fields["TRIES_LEFT"], "big") == left and fields["PROBLEM"] == b"incorrectResponse"
    kind, fields = setting.answer(_wrong(code))
    assert kind == "INVALID" and "TRIES_LEFT" not in fields and not fields["RECEIPT"]
    kind, fields = setting.answer(code)
    assert kind == "INVALID" and not fields["RECEIPT"], "the right code comes too late"


def test_many_guesses_at_once_have_no_more_tries_than_one_after_the_other(setting):
    code = setting.have_code()
    fields = dict(SUBJECT, CHALLENGE="email-01", EXPIRES=int(time.time()) + 3600)
    for n in range(300):
        setting.registrar.send("VALIDATE", 1000 + n, CODE=_wrong(code, n % 10), **fields)
    setting.registrar.send("VALIDATE", 2000, CODE=code, **fields)
    answers = [setting.registrar.take() for _ in range(301)]
    assert {kind for kind, _, _ in answers} == {"INVALID"}
    assert sum(fields["PROBLEM"] == b"incorrectResponse" for _, _, fields in answers) == 5


@pytest.mark.parametrize("other", [dict(THUMBPRINT=b"thumbprint of another's account!"), dict(IDENTIFIER=f"www.{NAME}"), dict(TOKEN="YW5vdGhlcg")], ids=str)
def test_a_code_is_worth_nothing_for_another_account_name_or_authorization(setting, other):
    code = setting.have_code()
    kind, fields = setting.answer(code, **other)
    assert kind == "INVALID" and not fields["RECEIPT"]
    assert setting.answer(code)[0] == "VALIDATED"


@pytest.mark.parametrize("other", [dict(WILDCARD=1), dict(IDENTIFIER_TYPE=2)], ids=["wildcard", "service"])
def test_a_code_proves_neither_a_wildcard_nor_a_service(setting, other):
    setting.ask(**other)
    assert setting.registrar.take()[0] == "INVALID"
    code = setting.have_code()
    kind, fields = setting.answer(code, **other)
    assert kind == "INVALID" and fields["PROBLEM"] == b"rejectedIdentifier"


@pytest.mark.parametrize("other", [
    dict(to="attacker@evil.example"), dict(to=f"hostmaster@{NAME}\r\nBcc: attacker@evil.example"), dict(to=f"admin@{NAME}"), dict(to="hostmaster@example"),
    dict(to=f"hostmaster@{NAME.upper()}"), dict(URL="https://evil.example/code#1."), dict(URL=f"{URL}.evil.example/code#1."), dict(URL=f"{URL}@evil.example/#"),
    dict(URL=f"{URL}/code#1 \nhttps://evil.example/."), dict(URL=f"{URL}/" + "x" * 600), dict(ACCOUNT_URL="https://evil.example/acct/1"),
    dict(LANGUAGE="../en"), dict(LANGUAGE="e"), dict(IDENTIFIER="a\r\nb.example", to="hostmaster@a\r\nb.example"),
    dict(IDENTIFIER="a b.example", to="hostmaster@a b.example"), dict(IDENTIFIER_TYPE=9), dict(THUMBPRINT=b"short")], ids=lambda other: str(other)[:60])
def test_a_registrar_that_asks_for_what_it_must_not_has_no_letter_sent(setting, other):
    setting.ask(**other)
    assert setting.registrar.take()[0] == "INVALID"
    code = setting.have_code()  # the first letter that the mailer hears of
    assert setting.answer(code)[0] == "VALIDATED"


def test_an_address_gets_five_letters_an_hour_whatever_they_are_for(setting):
    for n in range(5):
        setting.have_code(TOKEN=f"dG9rZW4{n}")
    setting.ask(TOKEN="dG9rZW45", THUMBPRINT=b"thumbprint of another's account!")
    kind, _, fields = setting.registrar.take()
    assert kind == "INVALID" and fields["PROBLEM"] == b"rateLimited"
    setting.have_code(to=f"postmaster@{NAME}")


def test_a_new_letter_makes_the_older_code_void_and_brings_no_new_tries(setting):
    first = setting.have_code()
    setting.answer(_wrong(first))
    second = setting.have_code(to=f"webmaster@{NAME}")
    kind, fields = setting.answer(first)
    assert kind == "INVALID" and int.from_bytes(fields["TRIES_LEFT"], "big") == 3
    assert setting.answer(second)[0] == "VALIDATED"


@pytest.mark.parametrize("result, word", [(LATER, b"try again later"), (NEVER, b"take another address")], ids=["later", "never"])
def test_a_letter_that_is_not_sent_has_no_code_and_the_relay_s_words_stay_here(setting, result, word):
    asked = setting.ask()
    number, _, values = setting.letter()
    setting.mailed(number, result, DETAIL="550 internal.relay.example says no")
    kind, number, fields = setting.registrar.take()
    assert (kind, number) == ("INVALID", asked) and word in fields["DETAIL"] and b"relay.example" not in fields["DETAIL"]
    assert "internal.relay.example" in setting.log.read_text()
    kind, fields = setting.answer(values["code"])
    assert kind == "INVALID" and not fields["RECEIPT"]


def test_without_a_mailer_it_says_so_at_once(setting):
    setting.mailer.close()
    setting.ask()
    kind, _, fields = setting.registrar.take()
    assert kind == "INVALID" and b"try again" in fields["DETAIL"]
    setting.mailer = setting.role.connect("mailer")
    setting.registrar.close()
    setting.registrar = setting.role.connect("registrar")
    setting.have_code()


def test_a_mailer_that_goes_with_a_letter_ends_the_wait(setting):
    setting.ask()
    _, _, values = setting.letter()
    setting.mailer.close()
    assert setting.registrar.take()[0] == "INVALID"
    assert setting.answer(values["code"])[0] == "INVALID"


def test_a_mailer_that_answers_what_nobody_asked_is_not_heard(setting):
    setting.mailed(77)
    setting.have_code()
    setting.mailer.send("CODE_SENT", 1, EXPIRES=1, TRIES_LEFT=5)
    assert setting.mailer.take() is None, "that is not for it to say"


def test_a_registrar_that_is_back_finds_its_code_and_no_stranger_s_answer(setting):
    asked = setting.ask()
    number, _, values = setting.letter()
    setting.registrar.close()
    setting.registrar = setting.role.connect("registrar")
    setting.ask(to=f"postmaster@{NAME}", TOKEN="YW5vdGhlcg")
    other, _, _ = setting.letter()
    setting.mailed(number)
    setting.mailed(other)
    assert setting.registrar.take()[:2] == ("CODE_SENT", asked + 1)
    assert setting.answer(values["code"])[0] == "VALIDATED"


def test_a_validator_that_came_back_has_forgotten_and_says_that_a_letter_is_needed(workdir, zones):
    with Setting(workdir, zones) as setting:
        code = setting.have_code()
    with Setting(workdir, zones) as setting:
        kind, fields = setting.answer(code)
        assert kind == "INVALID" and int.from_bytes(fields["TRIES_LEFT"], "big") == 0 and b"new letter" in fields["DETAIL"]


def test_the_right_code_does_not_help_where_caa_forbids(setting):
    name = f"forbidden.{NAME}"
    code = setting.have_code(IDENTIFIER=name, to=f"hostmaster@{name}")
    kind, fields = setting.answer(code, IDENTIFIER=name)
    assert kind == "INVALID" and fields["PROBLEM"] == b"caa" and "TRIES_LEFT" not in fields


def test_where_it_is_switched_off_no_letter_is_sent(workdir, zones):
    with Setting(workdir, zones, mail="mail { code-challenge = false }") as setting:
        setting.ask()
        kind, _, fields = setting.registrar.take()
        assert kind == "INVALID" and b"not offered" in fields["DETAIL"]
        assert setting.answer("ABCD-EFGH")[0] == "INVALID"
