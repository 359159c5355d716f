"""The login role: the test is its parent, its registrar, and the people with their passwords and passkeys."""
import base64
import ctypes
import hashlib
import json
import os
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lab.ipc import Role

WRONG, RIGHT, RIGHT_BUT_OLD, FAILED = 1, 2, 3, 4
ORIGIN, HOST = "https://ca.example:14000", b"ca.example"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@pytest.fixture
def role(workdir):
    with _role(workdir) as running:
        yield running


def _role(workdir, more="", **fields):
    return Role("login", f'url = "https://ca.example"\nstate-dir = "{workdir}"\n{more}', workdir / "login.log", **fields)


def _hash(channel, password, number=1):
    channel.send("PASSWORD_HASH", number, PASSWORD=password)
    kind, answered, fields = channel.take()
    assert (kind, answered) == ("PASSWORD_IS", number)
    return fields["PASSWORD_HASH_TEXT"].decode()


def _result(answer, number=None):
    kind, answered, fields = answer
    assert kind == "LOGIN_IS" and number in (None, answered)
    return int.from_bytes(fields["RESULT"], "big"), int.from_bytes(fields["NUMBER"], "big") if "NUMBER" in fields else None


def _check(channel, password, text, number=2):
    channel.send("PASSWORD_CHECK", number, PASSWORD=password, PASSWORD_HASH_TEXT=text)
    return _result(channel.take(), number)[0]


def test_a_password_is_hashed_by_argon2id_with_a_salt_of_its_own_and_then_checked(role):
    registrar = role.connect("registrar")
    first, second = (_hash(registrar, "correct horse ü") for _ in range(2))
    assert first != second and first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert _check(registrar, "correct horse ü", first) == RIGHT
    assert _check(registrar, "correct horse ü", second) == RIGHT
    for other in ("correct horse", "correct horse u", "", "correct horse ü\0", "Correct horse ü", "x" * 5000):
        assert _check(registrar, other, first) == WRONG


def test_a_hash_by_lesser_parameters_is_right_but_old(role):
    sodium = ctypes.CDLL("libsodium.so.23")
    text = ctypes.create_string_buffer(128)
    assert sodium.crypto_pwhash_str_alg(text, b"password", ctypes.c_ulonglong(8), ctypes.c_ulonglong(1), ctypes.c_size_t(8 << 20), 2) == 0
    registrar = role.connect("registrar")
    assert _check(registrar, "password", text.value) == RIGHT_BUT_OLD
    assert _check(registrar, "passwort", text.value) == WRONG


def _processor_seconds(role):
    """Whatever else the machine does meanwhile: clock_getcpuclockid(3) of the role."""
    process_clock = 2
    return time.clock_gettime(~role.process.pid << 3 | process_clock)


@pytest.mark.parametrize("text", [b"", b"$argon2id$v=19$m=65536,t=3,p=1$AAAA$AAAA", b"x" * 500, b"\0" * 40], ids=range(4))
def test_against_no_hash_every_password_is_wrong_and_takes_as_long(role, text):
    registrar = role.connect("registrar")
    good = _hash(registrar, "password")

    def seconds(against):
        started = _processor_seconds(role)
        result = _check(registrar, "password" if against != good else "wrong", against)
        assert result == WRONG
        return _processor_seconds(role) - started

    known, unknown = (min(times) for times in zip(*((seconds(good), seconds(text)) for _ in range(3))))
    assert known / 2 < unknown < known * 2


def test_of_more_passwords_than_may_wait_the_rest_is_told_so_and_the_first_are_checked(role):
    registrar = role.connect("registrar")
    for number in range(100):
        registrar.send("PASSWORD_CHECK", number, PASSWORD="x", PASSWORD_HASH_TEXT="")
    results = {}
    while len(results) < 36 or WRONG not in results.values():
        answer = registrar.take(60)
        results[answer[1]] = _result(answer)[0]
    assert set(results.values()) == {WRONG, FAILED}
    assert all(number < 64 for number, result in results.items() if result == WRONG)
    assert all(number >= 64 for number, result in results.items() if result == FAILED)


def test_told_to_end_it_ends_at_once_and_tells_those_who_wait(role):
    registrar = role.connect("registrar")
    for number in range(40):
        registrar.send("PASSWORD_HASH", number, PASSWORD="x")
    answers = [registrar.take(20)[0] for _ in range(2)]  # by now all have been read
    role.shut_down()
    answers += [registrar.take(20)[0] for _ in range(38)]
    assert set(answers) <= {"PASSWORD_IS", "LOGIN_IS"} and answers.count("LOGIN_IS") > 20
    assert role.wait(5) == 0


def test_a_registrar_that_went_is_not_worked_for_and_the_next_one_is(role):
    registrar = role.connect("registrar")
    for number in range(60):
        registrar.send("PASSWORD_HASH", number, PASSWORD="x")
    registrar.close()
    registrar = role.connect("registrar")
    started = time.monotonic()
    assert _hash(registrar, "password")
    assert time.monotonic() - started < 5


def test_nobody_but_the_registrar_may_ask_and_that_only_what_is_its_to_ask(role):
    for peer in ("front", "validator", "mailer"):
        assert role.connect(peer).take() is None
    registrar = role.connect("registrar")
    registrar.send("MAIL", 1, LETTER="confirm", LANGUAGE="en", MAIL_TO="me@plain.example")
    assert registrar.take() is None
    assert _check(role.connect("registrar"), "x", "") == WRONG


def test_it_is_locked_in_with_nothing_open_before_it_serves(role):
    status = dict(line.split(":", 1) for line in open(f"/proc/{role.process.pid}/status", encoding="utf-8"))
    assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1"
    opened = {os.readlink(f"/proc/{role.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{role.process.pid}/fd")}
    assert not [path for path in opened if path.startswith("/") and path not in ("/dev/null", str(role.log))]


def test_it_dies_where_the_configuration_says(workdir):
    with _role(workdir, 'development { crash-at = "login:before-password" }', CRASH=b"") as role:
        registrar = role.connect("registrar")
        registrar.send("PASSWORD_HASH", 1, PASSWORD="x")
        assert registrar.take() is None and role.wait() == -9


class Passkey:
    """An ES256 authenticator and the browser before it."""

    def __init__(self):
        self.key, self.counter = ec.generate_private_key(ec.SECP256R1()), 0

    @staticmethod
    def client_data(kind, nonce, origin=ORIGIN):
        challenge = base64.urlsafe_b64encode(nonce).rstrip(b"=").decode()
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def data(self, flags):
        self.counter += 1
        return hashlib.sha256(HOST).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def attestation(self):
        numbers = self.key.public_key().public_numbers()
        point = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + numbers.x.to_bytes(32, "big") + b"\x22\x58\x20" + numbers.y.to_bytes(32, "big")
        data = self.data(PRESENT | VERIFIED | ATTESTED) + bytes(16) + b"\0\5my-id" + point
        return b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data

    def assertion(self, nonce, flags=PRESENT | VERIFIED):
        client_data, data = self.client_data("webauthn.get", nonce), self.data(flags)
        return dict(CLIENT_DATA=client_data, AUTHENTICATOR_DATA=data,
                    SIGNATURE=self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())))


def _register(channel, passkey, nonce, **other):
    channel.send("PASSKEY_REGISTER", 5, **{**dict(NONCE=nonce, URL=ORIGIN, CLIENT_DATA=passkey.client_data("webauthn.create", nonce),
                                                  ATTESTATION=passkey.attestation()), **other})
    return channel.take()


def test_a_passkey_is_registered_and_logs_in_with_a_counter_that_grows(role):
    registrar, passkey, nonce = role.connect("registrar"), Passkey(), os.urandom(32)
    kind, number, fields = _register(registrar, passkey, nonce)
    assert (kind, number) == ("PASSKEY_IS", 5) and fields["CREDENTIAL"] == b"my-id"
    key = fields["PASSKEY"]

    def check(nonce=nonce, counter=1, key=key, url=ORIGIN, **assertion):
        registrar.send("PASSKEY_CHECK", 6, NONCE=nonce, URL=url, PASSKEY=key, NUMBER=counter, **(assertion or passkey.assertion(nonce)))
        return _result(registrar.take(), 6)

    assert check() == (RIGHT, 2)
    assert check(counter=2) == (RIGHT, 3)
    assert check(counter=9) == (WRONG, None)
    assert check(url="https://ca.example") == (WRONG, None)
    assert check(**passkey.assertion(os.urandom(32))) == (WRONG, None)
    assert check(**passkey.assertion(nonce, PRESENT)) == (WRONG, None)
    assert check(**Passkey().assertion(nonce)) == (WRONG, None)
    assert check(key=b"\x01") == (WRONG, None)


@pytest.mark.parametrize("bend", [dict(NONCE=os.urandom(32)), dict(URL="https://evil.example"), dict(CLIENT_DATA=b"{}"), dict(ATTESTATION=b""),
                                  dict(ATTESTATION=b"\xa0"), dict(ATTESTATION=os.urandom(200)), dict(CLIENT_DATA=b"{" * 4000)], ids=range(7))
def test_a_passkey_that_is_none_is_refused_and_the_next_one_taken(role, bend):
    registrar, nonce = role.connect("registrar"), os.urandom(32)
    assert _result(_register(registrar, Passkey(), nonce, **bend)) == (WRONG, None)
    assert _register(registrar, Passkey(), nonce)[0] == "PASSKEY_IS"
