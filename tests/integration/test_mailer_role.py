"""The mailer as a role: the test is its parent, its registrar and its relay."""
import email
import email.policy
import os
import re
import socket
import time

import pytest

from lab.ipc import Role
from lab.mailbox import Mailbox, relay_tls
from lab.nameserver import NameServer
from lab.paths import ROOT, output_directory
from lab.ports import free_port
from lab.process import run
from lab.waiting import wait_until
from lab.zone import Zone

SENT, LATER, NEVER = 1, 2, 3
LINK = "https://ca.example/confirm#a-token"


@pytest.fixture(scope="module")
def zones():
    with NameServer(output_directory("mailer-role-dns"), [Zone("plain.example", ["@ A 127.0.0.1", "relay A 127.0.0.1"])]) as server:
        yield server


@pytest.fixture(scope="module")
def certificate(output):
    """(certificate, key) of relay.plain.example and 127.0.0.1, which is its own root."""
    directory = output / "mailer-relay"
    directory.mkdir()
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=relay", "-addext",
         "subjectAltName=DNS:relay.plain.example,IP:127.0.0.1", "-keyout", directory / "key.pem", "-out", directory / "cert.pem"], quiet=True)
    return directory / "cert.pem", directory / "key.pem"


class Setting:
    """A configuration of the mailer; `mail` are lines of its section, without which letters go into a folder (dev) or nowhere."""

    def __init__(self, workdir, mail="", dev=True, dns=None):
        self.folder = workdir / "mail"
        self.folder.mkdir(exist_ok=True)
        self.log = workdir / "mailer.log"
        self.text = f"""
            url = "https://ca.example"
            state-dir = "{workdir}"
            site-dir = "{ROOT / 'site'}"
            names {{ lenient = true }}
            {f'mail {{ {mail} }}' if mail else ''}
            {f'proof {{ dns = "{dns.endpoint}" trust-anchor = "{dns.trust_anchor}" }}' if dns else ''}
            {'development { }' if dev else ''}
        """

    def role(self, **fields):
        return Role("mailer", self.text, self.log, **fields)


def _relay(workdir, mailbox, more="", scheme="smtp", host="127.0.0.1", **other):
    return Setting(workdir, f'relay = "{scheme}://{host}:{mailbox.port}"\nfrom = "The CA <ca@ca.example>"\n{more}', **other)


def _ask(channel, number, to="me@plain.example", letter="confirm", language="en", values=(f"link={LINK}",)):
    channel.send("MAIL", number, LETTER=letter, LANGUAGE=language, MAIL_TO=to, VALUE=list(values))


def _answer(channel, number, timeout=30):
    kind, answered, fields = channel.take(timeout)
    assert (kind, answered) == ("MAILED", number)
    return int.from_bytes(fields["RESULT"], "big"), fields.get("DETAIL", b"").decode()


def _mail(channel, number=1, **what):
    _ask(channel, number, **what)
    return _answer(channel, number)


def _files(setting):
    return sorted(setting.folder.iterdir())


def test_without_a_relay_a_ca_to_play_with_writes_each_letter_into_a_file(workdir):
    setting = Setting(workdir)
    with setting.role() as role:
        registrar = role.connect("registrar")
        assert "letters are written into" in setting.log.read_text()
        for number, (letter, language) in enumerate([("confirm", "en"), ("reset", "de"), ("confirm", "xx")]):
            assert _mail(registrar, number, letter=letter, language=language) == (SENT, "")
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in _files(setting)]
    assert [str(message["Subject"]) for message in messages] == ["Please confirm your address", "Wählen Sie ein neues Passwort", "Please confirm your address"]
    assert all(LINK in message.get_content().splitlines() for message in messages)
    assert [str(message["Content-Language"]) for message in messages] == ["en", "de", "en"]
    assert all(str(message["To"]) == "me@plain.example" and message["Message-ID"].endswith("@ca.example>") for message in messages)
    assert len({message["Message-ID"] for message in messages}) == 3
    assert not [message.defects for message in messages if message.defects]
    assert {path.suffix for path in _files(setting)} == {".eml"} and {oct(path.stat().st_mode & 0o777) for path in _files(setting)} == {"0o600"}


def test_a_letter_goes_by_starttls_with_log_in_and_comes_as_it_was_written(workdir, certificate):
    (workdir / "password").write_text("s3cret pass\n")
    security = f'user = "xica"\npassword-file = "{workdir / "password"}"\ntrust = "{certificate[0]}"'
    with Mailbox(tls=relay_tls(*certificate), user="xica", password="s3cret pass") as mailbox:
        with _relay(workdir, mailbox, security, dev=False).role() as role:
            registrar = role.connect("registrar")
            assert _mail(registrar, letter="address-new", language="de") == (SENT, "")
            assert _mail(registrar, 2, letter="reset") == (SENT, "")
        first, second = mailbox.letters
        assert (first.sender, first.recipients) == ("ca@ca.example", ["me@plain.example"])
        assert str(first.message["From"]) == '"The CA" <ca@ca.example>' or str(first.message["From"]) == "The CA <ca@ca.example>"
        assert first.subject == "Bitte bestätigen Sie Ihre neue Adresse" and "gehört, öffnen Sie" in first.text.replace("\n", " ") and LINK in first.text
        assert first.message["Auto-Submitted"] == "auto-generated" and second.subject == "Choose a new password"


def test_tls_from_the_first_byte_and_a_relay_whose_name_our_own_resolver_finds(workdir, certificate, zones):
    with Mailbox(tls=relay_tls(*certificate), first=True) as mailbox:
        setting = _relay(workdir, mailbox, f'trust = "{certificate[0]}"', "smtps", "relay.plain.example", dev=False, dns=zones)
        with setting.role() as role:
            assert _mail(role.connect("registrar")) == (SENT, "")
        assert len(mailbox.letters) == 1


@pytest.mark.parametrize("how", ["no-starttls", "stranger", "other-name", "wrong-password", "no-such-name"])
def test_what_is_wrong_on_the_way_to_the_relay_is_no_letters_fault_and_it_waits(workdir, certificate, zones, how):
    (workdir / "password").write_text("wrong")
    more = "" if how == "stranger" else f'trust = "{certificate[0]}"\n'
    if how == "wrong-password":
        more += f'user = "xica"\npassword-file = "{workdir / "password"}"'
    host = {"other-name": "plain.example", "no-such-name": "nowhere.plain.example"}.get(how, "127.0.0.1")
    login = dict(user="xica", password="right") if how == "wrong-password" else {}
    with Mailbox(tls=None if how == "no-starttls" else relay_tls(*certificate), **login) as mailbox:
        setting = _relay(workdir, mailbox, more, host=host, dev=False, dns=zones)
        with setting.role() as role:
            result, detail = _mail(role.connect("registrar"))
        words = {"no-starttls": "STARTTLS", "stranger": "certificate", "other-name": "certificate", "wrong-password": "535", "no-such-name": "doesn't exist"}
        assert result == LATER
        assert words[how] in detail or (how in ("stranger", "other-name") and "SSL" in detail), detail
        assert mailbox.letters == [] and re.search(r'level=warning role=mailer .* letter=confirm', setting.log.read_text())


@pytest.mark.parametrize("answer, result", [("451 4.7.1 greylisted, come back", LATER), ("550 5.1.1 no such user here", NEVER), ("552 5.2.2 mailbox full", NEVER)])
@pytest.mark.parametrize("where", ["recipient", "letter"])
def test_the_relays_words_say_whether_to_come_again(workdir, answer, result, where):
    with Mailbox() as mailbox:
        with _relay(workdir, mailbox, "tls = none").role() as role:
            registrar = role.connect("registrar")
            if where == "recipient":
                mailbox.answer = lambda _: answer
            else:
                mailbox.data_answer = answer
            assert _mail(registrar) == (result, answer)
            mailbox.answer = mailbox.data_answer = None
            assert _mail(registrar, 2) == (SENT, "")


def test_a_line_that_begins_with_a_dot_arrives_with_it(workdir):
    with Mailbox() as mailbox:
        with _relay(workdir, mailbox, "tls = none").role() as role:
            assert _mail(role.connect("registrar"), letter="address-changed", values=["remote=192.0.2.1", "time=now", f"address={'.' * 200}ä"]) == (SENT, "")
        assert "." * 200 + "ä" in mailbox.letters[0].text


@pytest.mark.parametrize("to", ["me@plain.example\r\nRCPT TO:<other@plain.example>", "me@plain.example, other@plain.example", "<me@plain.example>", "me", "",
                                "me@plain.example\0", '"me"@plain.example'], ids=range(7))
def test_an_address_that_is_none_gets_no_letter(workdir, to):
    with Mailbox() as mailbox:
        with _relay(workdir, mailbox, "tls = none").role() as role:
            registrar = role.connect("registrar")
            assert _mail(registrar, to=to)[0] == NEVER
            assert _mail(registrar, 2) == (SENT, "")
        assert [letter.recipients for letter in mailbox.letters] == [["me@plain.example"]]


@pytest.mark.parametrize("what", [dict(letter="nonsense"), dict(letter=""), dict(letter="../confirm"), dict(values=[]), dict(values=["nothing"]),
                                  dict(values=[f"v{n}=x" for n in range(40)]), dict(values=["link=" + "x" * 40000])], ids=range(7))
def test_a_letter_that_can_not_be_written_is_refused_for_good_and_the_next_one_goes(workdir, what):
    setting = Setting(workdir)
    with setting.role() as role:
        registrar = role.connect("registrar")
        result, detail = _mail(registrar, **what)
        assert result == NEVER and detail
        assert _mail(registrar, 2) == (SENT, "")
    assert len(_files(setting)) == 1


def test_without_relay_and_folder_every_letter_is_refused(workdir):
    setting = Setting(workdir, dev=False)
    with setting.role() as role:
        result, detail = _mail(role.connect("registrar"))
        assert result == NEVER and "no relay" in detail
    assert _files(setting) == []


class Silent:
    """Takes connections and says nothing, or no more than a greeting."""

    def __init__(self, greeting=b""):
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port, self._greeting, self._held = self.listener.getsockname()[1], greeting, []
        self.listener.settimeout(10)

    def take(self):
        self._held.append(self.listener.accept()[0])
        self._held[-1].sendall(self._greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for held in (self.listener, *self._held):
            held.close()


@pytest.mark.parametrize("greeting", [b"", b"220 relay\r\n"])
def test_a_relay_that_falls_silent_is_given_up_in_time(workdir, greeting):
    with Silent(greeting) as relay, _relay(workdir, relay, "tls = none").role() as role:
        registrar = role.connect("registrar")
        _ask(registrar, 1)
        relay.take()
        started = time.monotonic()
        assert _answer(registrar, 1)[0] == LATER
        assert 5 < time.monotonic() - started < 20


def test_a_relay_that_refuses_and_then_falls_silent_holds_nobody_up(workdir):
    with Silent(b"554 go away\r\n") as relay, _relay(workdir, relay, "tls = none").role() as role:
        registrar = role.connect("registrar")
        _ask(registrar, 1)
        relay.take()
        started = time.monotonic()
        result, detail = _answer(registrar, 1)
        assert result == LATER and "554" in detail and time.monotonic() - started < 5


def test_a_relay_that_is_not_there_is_told(workdir):
    with _relay(workdir, type("Nobody", (), {"port": free_port()}), "tls = none").role() as role:
        result, detail = _mail(role.connect("registrar"))
        assert result == LATER and "connect" in detail.lower()


def test_many_letters_at_once_are_all_answered_and_those_beyond_the_queue_come_again(workdir):
    with Mailbox() as mailbox:
        with _relay(workdir, mailbox, "tls = none").role() as role:
            registrar = role.connect("registrar")
            for number in range(400):
                _ask(registrar, number, to=f"n{number}@plain.example")
            answers = [registrar.take(60) for _ in range(400)]
        results = [int.from_bytes(fields["RESULT"], "big") for _, _, fields in answers]
        assert {number for _, number, _ in answers} == set(range(400))
        assert set(results) <= {SENT, LATER} and results.count(SENT) >= 256
        assert results.count(SENT) == len(mailbox.letters)


def test_registrar_and_validator_may_ask_and_nobody_else(workdir):
    setting = Setting(workdir)
    with setting.role() as role:
        validator = role.connect("validator")
        values = ["domain=plain.example", "code=1234 5678", f"link={LINK}", "minutes=15", "account=https://ca.example/acme/account/1"]
        assert _mail(validator, letter="code", to="hostmaster@plain.example", values=values) == (SENT, "")
        assert role.connect("front").take() is None
        validator.send("CODE_SENT", 2, EXPIRES=1)
        assert validator.take() is None
        assert _mail(role.connect("registrar")) == (SENT, "")
    assert "1234 5678" in _files(setting)[0].read_text()


def test_neither_log_nor_process_title_has_codes_links_or_addresses(workdir):
    setting = Setting(workdir)
    with setting.role() as role:
        assert _mail(role.connect("registrar"), to="somebody.private@plain.example") == (SENT, "")
        assert "domain=plain.example" in setting.log.read_text()
        assert "a-token" not in setting.log.read_text() and "somebody.private" not in setting.log.read_text()


def test_when_told_to_end_it_finishes_what_runs(workdir):
    with Mailbox() as mailbox:
        with _relay(workdir, mailbox, "tls = none").role() as role:
            registrar = role.connect("registrar")
            assert _mail(registrar) == (SENT, "")  # its connection waits for another letter
            role.shut_down()
            assert role.wait(5) == 0


def test_when_told_to_end_it_ends_though_the_relay_is_silent(workdir):
    with Silent() as relay, _relay(workdir, relay, "tls = none").role() as role:
        registrar = role.connect("registrar")
        _ask(registrar, 1)
        relay.take()
        role.shut_down()
        assert role.wait(10) == 0


def test_a_registrar_that_is_back_may_ask_again(workdir):
    with Silent() as relay, _relay(workdir, relay, "tls = none").role() as role:
        registrar = role.connect("registrar")
        for number in range(20):
            _ask(registrar, number)
        relay.take()
        registrar.close()
        registrar = role.connect("registrar")
        _ask(registrar, 1, letter="nonsense")
        assert _answer(registrar, 1)[0] == NEVER


def test_it_is_locked_in_with_no_file_open_before_it_serves(workdir):
    with Mailbox() as mailbox:
        setting = _relay(workdir, mailbox, "tls = none")
        with setting.role() as role:
            status = dict(line.split(":", 1) for line in open(f"/proc/{role.process.pid}/status", encoding="utf-8"))
            assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1"
            opened = {os.readlink(f"/proc/{role.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{role.process.pid}/fd")}
            assert not [path for path in opened if path.startswith("/") and path not in ("/dev/null", str(setting.log))]


@pytest.mark.parametrize("point, letters", [("before-relay", 0), ("after-relay", 1)])
def test_it_dies_where_the_configuration_says(workdir, point, letters):
    with Mailbox() as mailbox:
        setting = _relay(workdir, mailbox, "tls = none")
        setting.text = setting.text.replace("development { }", f'development {{ crash-at = "mailer:{point}" }}')
        with setting.role(CRASH=b"") as role:
            registrar = role.connect("registrar")
            _ask(registrar, 1)
            assert registrar.take() is None and role.wait() == -9
        wait_until(lambda: len(mailbox.letters) == letters, 5, "what was sent is there")


@pytest.mark.parametrize("change, why", [(('site-dir = "', 'site-dir = "/nowhere'), "letters' texts"), (("<ca@ca.example>", "<ca@@ca>"), "must be"),
                                         (("<ca@ca.example>", "<ca@.example>"), "is no address"), (("tls = none", 'trust = "/nowhere"'), "/nowhere"),
                                         (("tls = none", 'tls = none user = "x" password-file = "/nowhere"'), "password-file")], ids=range(5))
def test_it_does_not_start_on_what_it_cannot_use(workdir, change, why):
    with Mailbox() as mailbox:
        setting = _relay(workdir, mailbox, "tls = none")
        assert change[0] in setting.text
        setting.text = setting.text.replace(*change).replace("development { }", "") if "site-dir" in change[0] else setting.text.replace(*change)
        role = setting.role()
        try:
            assert role.parent.take() is None
            assert role.wait() != 0 and why in setting.log.read_text()
        finally:
            role.__exit__()
