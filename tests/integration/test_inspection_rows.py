"""Changes by hand in the database, table by table: of each, `xica audit verify` or `xica audit certificates` must say so; and neither says so of a CA that nobody touched, busy, killed or restored."""
import json
import shutil
import sqlite3
import threading
import time

import pytest

from lab import certs, later
from lab.acme_raw import Acme
from lab.csr import make_csr, new_key
from lab.jws import Key
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.xicad import Xicad


def _serial(leaf):
    text = f"{leaf.serial_number:x}"
    return text.rjust(len(text) + len(text) % 2, "0")


def _prove(account, order):
    for url in order.json()["authorizations"]:
        if account.json(url)["status"] == "pending":
            account.post(account.json(url)["challenges"][0]["url"], {})
            assert account.settled(url)["status"] == "valid"
    return order


def _issue(account, names, key=None, **members):
    return _prove(account, account.order(names, **members)).certificate(make_csr([name if isinstance(name, str) else name["value"] for name in names], key)).leaf


def _sql(directory, *statements):
    with sqlite3.connect(directory / "db" / "xica.db") as database:
        for statement in statements:
            changed = database.execute(statement)
            assert changed.rowcount != 0, f"nothing to change: {statement}"


def _audit(directory, verb, env=None):
    done = run([BUILD / "xica", "audit", verb, "--json", "--dev", directory], check=False, timeout=120, env=env)
    answer = json.loads(done.stdout)
    findings = answer.get("findings", [])
    assert answer.get("finding_count", 0) == len(findings)
    return done.returncode, findings


def _right(directory, env=None):
    for verb in ("verify", "certificates"):
        code, findings = _audit(directory, verb, env)
        assert code == 0, (verb, findings)


def _noted(ca):
    wait_until(lambda: json.loads(ca.cli("health", "--json").stdout)["waiting"]["notes"] == 0, 15, "all notes stand in the log", 0.1)


def _ca(directory, like=None):
    ca = Xicad(directory, options=["--assume-valid"], resolve_all="127.0.0.1")
    if like:
        for port in ("https_port", "http_port", "http01_port"):
            setattr(ca, port, getattr(like, port))
        ca.argv = [BUILD / "xicad", "--dev", directory, *like.argv[3:]]
    return ca


PERSON = ("INSERT INTO person (key, address, status, created, operator, notices, language, unsubscribe, user_handle, password_hash)"
          " VALUES ('{0}@example.org', '{0}@example.org', 1, 1, 0, 31, 'en', '{0}', x'0000000000000000000000000000000{1}', 'x')")


class World:
    """A CA that stopped, with something in each table that the log tells of."""

    def __init__(self, directory):
        self.ca = _ca(directory)
        with self.ca:
            pass
        _sql(directory, PERSON.format("juliet", 1), PERSON.format("romeo", 2))
        with self.ca.start():
            self.acme = Acme(self.ca.directory_url, self.ca.root_pem)
            self.accounts = [self.acme.new_account() for _ in range(4)]
            self._issue()
            self._act()
            _noted(self.ca)
            wait_until(lambda: certs.is_revoked(self.revoked), 10, "the CRL says so", 0.2)

    def _issue(self):
        account, key = self.accounts[0], new_key()
        first = _issue(account, ["a.example", "www.a.example"])
        second = _issue(account, ["a.example", "www.a.example"], replaces=certs.renewal_id(first))
        self.compromised = _issue(self.accounts[1], ["b.example"], key)
        assert self.acme.post_jwk(self.acme.directory["revokeCert"], {"certificate": certs.to_der64(self.compromised), "reason": 1}, Key(private=key)).status_code == 200
        self.revoked = _issue(account, ["c.example"])
        self.ca.cli("cert", "revoke", "--serial", _serial(self.revoked), "--reason", "superseded")
        answer = account.post(self.acme.directory["newAuthz"], {"identifier": {"type": "dns", "value": "up.example", "subdomainAuthAllowed": True}})
        challenge = next(one for one in answer.json()["challenges"] if one["type"] == "dns-01")
        account.post(challenge["url"], {})
        account.settled(answer.headers["Location"])
        _issue(account, [{"type": "dns", "value": "x.up.example", "ancestorDomain": "up.example"}])
        self.called = second

    def _act(self):
        cli = self.ca.cli
        cli("block", "add", "--name", "evil.example", "--below", "--reason", "phishing")
        cli("block", "add", "--name", "gone.example")
        cli("block", "remove", "--name", "gone.example")
        cli("block", "add", "--address", "203.0.113.0/24")
        cli("block", "add", "--name", "twice.example", "--reason", "spam")
        cli("block", "add", "--name", "twice.example", "--below")
        cli("block", "add", "--name", "twice.example")
        cli("account", "suspend", "3")
        assert self.accounts[3].post(self.accounts[3].url, {"status": "deactivated"}).status_code == 200
        cli("limits", "set", "--account", "1", "--kind", "orders-per-account", "--rate", "none", "--reason", "a university")
        cli("cert", "renew-now", "--serial", _serial(self.called), "--explanation", "https://example.org/why")
        cli("person", "suspend", "juliet@example.org")
        cli("person", "operator", "romeo@example.org")
        kid = json.loads(cli("account", "eab", "create", "--json").stdout)["kid"]
        cli("account", "eab", "revoke", kid)


@pytest.fixture(scope="module")
def world(output):
    (output / "inspection-rows").mkdir()
    made = World(output / "inspection-rows" / "ca")
    _right(made.ca.directory)
    return made


@pytest.fixture
def place(world, workdir):
    shutil.copytree(world.ca.directory, workdir / "ca", ignore=shutil.ignore_patterns("control.sock"))
    return workdir / "ca"


COPY = ("INSERT INTO certificate (serial, account_id, order_id, issuer, shard, profile, not_before, not_after, status, spki_sha256, names, tbs, made)"
        " SELECT x'7777', account_id, {order}, issuer, shard, profile, not_before, not_after, 1, spki_sha256, names, x'3000', made - 100 FROM certificate WHERE id = 3")
COPY_NAMES = "INSERT INTO certificate_name SELECT name, (SELECT max(id) FROM certificate) FROM certificate_name WHERE certificate_id = 3"
REPLACING = "(SELECT id FROM orders WHERE replaces <> x'')"

CHANGES = [
    ("blocked_key", "DELETE FROM blocked_key"),
    ("blocked_key", "INSERT INTO blocked_key VALUES (zeroblob(32), 1, 'mine')"),
    ("blocked_key", "UPDATE blocked_key SET spki_sha256 = zeroblob(32)"),
    ("blocked_key", "UPDATE blocked_key SET time = time + 1"),
    ("blocked_key", "UPDATE blocked_key SET reason = 'another'"),
    ("blocked", "DELETE FROM blocked WHERE kind = 1"),
    ("blocked", "DELETE FROM blocked WHERE kind = 2"),
    ("blocked", "INSERT INTO blocked VALUES (1, 'example.gone.', 'gone.example', 0, '', 'control socket', 1)"),
    ("blocked", "UPDATE blocked SET below = 0 WHERE value = 'evil.example'"),
    ("blocked", "UPDATE blocked SET value = 'evil.exemple' WHERE value = 'evil.example'"),
    ("blocked", "UPDATE blocked SET key = 'exemple.evil.' WHERE value = 'evil.example'"),
    ("blocked", "UPDATE blocked SET reason = 'another' WHERE kind = 1"),
    ("blocked", "UPDATE blocked SET who = 'juliet@example.org' WHERE kind = 1"),
    ("account", "UPDATE account SET status = 1 WHERE id = 3"),
    ("account", "UPDATE account SET status = 2 WHERE id = 3"),
    ("account", "UPDATE account SET status = 1 WHERE id = 4"),
    ("account", "UPDATE account SET status = 3 WHERE id = 1"),
    ("account", "UPDATE account SET status = 2 WHERE id = 2"),
    ("account", "UPDATE account SET rests = 1 WHERE id = 3"),
    ("account", "DELETE FROM account WHERE id = 3"),
    ("person", "UPDATE person SET status = 1 WHERE id = 1"),
    ("person", "UPDATE person SET status = 2 WHERE id = 2"),
    ("person", "UPDATE person SET operator = 1 WHERE id = 1"),
    ("person", "UPDATE person SET operator = 0 WHERE id = 2"),
    ("eab_key", "UPDATE eab_key SET revoked = 0"),
    ("rate_override", "DELETE FROM rate_override"),
    ("rate_override", "UPDATE rate_override SET rate = '500 per 7d'"),
    ("rate_override", "UPDATE rate_override SET owner = '2'"),
    ("rate_override", "INSERT INTO rate_override SELECT kind, '2', rate, reason, time FROM rate_override"),
    ("renewal_call", "DELETE FROM renewal_call"),
    ("renewal_call", "UPDATE renewal_call SET explanation = 'https://evil.example/'"),
    ("renewal_call", "INSERT INTO renewal_call SELECT serial, 1, '' FROM certificate WHERE id = 4"),
    ("audit_head", "DELETE FROM audit_head"),
    ("crl", "UPDATE crl SET this_update = this_update + 60 WHERE number = (SELECT max(number) FROM crl)"),
    ("crl", "UPDATE crl SET next_update = next_update + 1000000 WHERE number = (SELECT max(number) FROM crl)"),
    ("crl", "UPDATE crl SET number = number + 1 WHERE number = (SELECT max(number) FROM crl)"),
    ("crl", "DELETE FROM crl WHERE number = (SELECT max(number) FROM crl)"),
    ("receipt", "UPDATE receipt SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || CASE substr(bytes, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) WHERE authz_id = 1 AND kind = 1"),
    ("receipt", "UPDATE receipt SET bytes = x'00' WHERE authz_id = 1 AND kind = 2"),
    ("receipt", "UPDATE receipt SET expires = expires + 1 WHERE authz_id = 1 AND kind = 1"),
    ("receipt", "UPDATE receipt SET method = method + 1 WHERE authz_id = 1 AND kind = 1"),
    ("receipt", "DELETE FROM receipt WHERE authz_id = 1 AND kind = 1"),
    ("receipt", "UPDATE receipt SET bytes = (SELECT bytes FROM receipt WHERE authz_id = 2 AND kind = 1) WHERE authz_id = 1 AND kind = 1"),
    ("authz", "UPDATE authz SET identifier = 'bank.example' WHERE id = 1"),
    ("authz", "UPDATE authz SET account_id = 2 WHERE id = 1"),
    ("authz", "UPDATE authz SET wildcard = 1 WHERE id = 1"),
    ("authz", "UPDATE authz SET subdomains = 1 WHERE id = 1"),
    ("authz", "UPDATE authz SET status = 3 WHERE id = 1"),
    ("authz", "UPDATE authz SET expires = expires + 1000 WHERE id = 1"),
    ("authz", "INSERT INTO authz SELECT 99, account_id, 'bank.example', identifier_type, wildcard, 2, created, expires, keep_until, 0 FROM authz WHERE id = 1"),
    ("crl", "UPDATE crl SET der = x'' WHERE number = (SELECT max(number) FROM crl)"),
    ("order_authz", "UPDATE order_authz SET below = 'y.up.example' WHERE below <> ''"),
    ("order_authz", "DELETE FROM order_authz WHERE order_id = 1"),
    ("order_authz", "DELETE FROM order_authz WHERE order_id = 1 AND position = 1"),
    ("order_authz", "INSERT INTO order_authz (order_id, position, authz_id) SELECT 1, 2, authz_id FROM order_authz WHERE order_id = 3"),
    ("order_authz", "UPDATE order_authz SET authz_id = (SELECT authz_id FROM order_authz WHERE order_id = 3) WHERE order_id = 1 AND position = 0"),
    ("orders", "DELETE FROM orders WHERE id = 1"),
    ("orders", "DELETE FROM orders WHERE id = 1", "DELETE FROM order_authz WHERE order_id = 1", "DELETE FROM order_request WHERE order_id = 1"),
    ("orders", "DELETE FROM order_request WHERE order_id = 1"),
    ("orders", "UPDATE orders SET status = 5 WHERE serial <> x''"),
    ("orders", "UPDATE orders SET status = 3 WHERE id = 1"),
    ("orders", "UPDATE orders SET serial = x'7777' WHERE id = 1"),
    ("orders", "UPDATE orders SET serial = (SELECT serial FROM orders WHERE id = 2) WHERE id = 1"),
    ("orders", "UPDATE orders SET serial = x'' WHERE id = 1"),
    ("orders", "UPDATE orders SET account_id = 2 WHERE id = 1"),
    ("orders", "UPDATE orders SET profile = 'shortlived' WHERE id = 1"),
    ("orders", "UPDATE order_request SET csr = CAST(csr || x'00' AS BLOB) WHERE order_id = 1"),
    ("orders", "UPDATE order_request SET finalize_jws = (SELECT finalize_jws FROM order_request WHERE order_id = 2) WHERE order_id = 1"),
    ("orders", f"UPDATE orders SET replaces = (SELECT serial FROM certificate WHERE id = 4) WHERE id = {REPLACING}"),
    ("orders", f"UPDATE orders SET replaces = x'' WHERE id = {REPLACING}"),
    ("certificate", "UPDATE certificate SET replaced_by = x'' WHERE replaced_by <> x''"),
    ("certificate", "UPDATE certificate SET replaced_by = x'7777' WHERE id = 3"),
    ("certificate", "UPDATE certificate SET replaced_by = (SELECT serial FROM certificate WHERE id = 4) WHERE replaced_by <> x''"),
    ("certificate", "UPDATE certificate SET order_id = order_id + 1 WHERE id = 3"),
    ("certificate", "UPDATE certificate SET status = 4, revoked_at = made - 600, reason = 4, on_crl = 1 WHERE id = 3"),
    ("certificate", "UPDATE certificate SET status = 4, revoked_at = made, reason = 0, on_crl = 1 WHERE id = 3"),
    ("certificate", COPY.format(order="NULL"), COPY_NAMES),
    ("certificate", COPY.format(order="order_id"), COPY_NAMES),
    ("certificate", COPY.format(order="999"), COPY_NAMES),
]


@pytest.mark.parametrize("change", CHANGES, ids=[f"{table}: {words[0][:70]}" for table, *words in CHANGES])
def test_a_change_by_hand_is_found(place, change):
    _sql(place, *change[1:])
    codes = {verb: _audit(place, verb) for verb in ("verify", "certificates")}
    assert any(code == 1 for code, _ in codes.values()), codes
    assert all(code in (0, 1) and (findings or not code) for code, findings in codes.values())


def test_the_last_line_can_not_be_cut_off_by_forgetting_where_the_log_ended(place):
    log = place / "audit.log"
    lines = log.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-1])["kind"] not in ("issue", "revoke")
    log.write_bytes(b"".join(lines[:-1]))
    _sql(place, "DELETE FROM audit_head")
    assert _audit(place, "verify")[0] == 1 and _audit(place, "certificates")[0] == 1


def _count(place, table):
    return sqlite3.connect(place / "db" / "xica.db").execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_expires_and_is_cleaned_up_is_no_change_by_hand(place, world):
    ca = _ca(place, world.ca)
    ca.argv = later.command(ca.argv, 400)
    assert _count(place, "orders") > 3
    with ca:
        wait_until(lambda: _count(place, "orders") + _count(place, "authz") == 0, 30, "orders and authorizations are gone", 0.5)
        _noted(ca)
        _right(place, later.environment(400))
    _right(place, later.environment(400))
    assert _audit(place, "verify")[0] == 1, "today nothing of it would be due to be cleaned up"


def test_a_restored_ca_is_right(place, world, workdir):
    (workdir / "kept").mkdir()
    run([BUILD / "xica", "backup", workdir / "kept", "--dev", place])
    ca = _ca(place, world.ca)
    with ca:
        acme = Acme(ca.directory_url, ca.root_pem)
        account = acme.new_account()
        _issue(account, ["after.example"])
        ca.cli("block", "remove", "--name", "evil.example")
        ca.cli("account", "resume", "3")
        ca.cli("person", "resume", "juliet@example.org")
        ca.cli("person", "operator", "romeo@example.org", "--take-away")
        ca.cli("limits", "unset", "--account", "1")
        _noted(ca)
    shutil.rmtree(place / "db")
    run([BUILD / "xica", "restore", next((workdir / "kept").iterdir()), "--dev", place])
    _right(place)
    with sqlite3.connect(place / "db" / "xica.db") as database:
        assert database.execute("SELECT count(*) FROM certificate WHERE order_id NOT IN (SELECT id FROM orders)").fetchone()[0] == 1, "no order is recovered"
    with ca.start():
        _right(place)
        _issue(Acme(ca.directory_url, ca.root_pem).new_account(), ["again.example"])
        _noted(ca)
        _right(place)
    _right(place)
    for which in ("min(id)", "max(id)"):
        shutil.copytree(place, workdir / which)
        _sql(workdir / which, f"DELETE FROM orders WHERE id = (SELECT {which} FROM orders WHERE status = 4)")
        assert [finding["finding"] for finding in _audit(workdir / which, "verify")[1]] == ["order"]


def test_who_was_suspended_or_deleted_since_the_backup_is_so_after_a_restore(place, world, workdir):
    _sql(place, PERSON.format("mercutio", 3), PERSON.format("tybalt", 4), "UPDATE account SET person_id = 3 WHERE id = 1", "UPDATE account SET person_id = 4 WHERE id = 2",
         "UPDATE certificate SET person_id = 3 WHERE account_id = 1", "UPDATE certificate SET person_id = 4 WHERE account_id = 2")
    (workdir / "kept").mkdir()
    run([BUILD / "xica", "backup", workdir / "kept", "--dev", place])
    ca = _ca(place, world.ca)
    with ca:
        ca.cli("person", "suspend", "mercutio@example.org")
        ca.cli("person", "delete", "tybalt@example.org", "--yes")
        _right(place)
        _noted(ca)
    shutil.rmtree(place / "db")
    run([BUILD / "xica", "restore", next((workdir / "kept").iterdir()), "--dev", place])
    _right(place)
    with sqlite3.connect(place / "db" / "xica.db") as database:
        assert database.execute("SELECT id, status FROM person ORDER BY id").fetchall() == [(1, 2), (2, 1), (3, 2)]
        assert database.execute("SELECT status, rests, person_id FROM account WHERE id IN (1, 2) ORDER BY id").fetchall() == [(3, 1, 3), (2, 0, None)]
    with ca.start():
        ca.cli("person", "resume", "mercutio@example.org")
        _noted(ca)
        _right(place)
    with sqlite3.connect(place / "db" / "xica.db") as database:
        assert database.execute("SELECT status, rests FROM account WHERE id = 1").fetchall() == [(1, 0)]
    _sql(place, "UPDATE account SET status = 3, rests = 1 WHERE id = 1")
    assert _audit(place, "verify")[0] == 1


class Busy:
    """Clients and an operator who go on and on, whatever is killed."""

    def __init__(self, ca):
        self.ca, self.stop, self.issued, self.acts = ca, threading.Event(), 0, 0
        self.threads = [threading.Thread(target=self._clients, args=(n,)) for n in range(3)] + [threading.Thread(target=self._operator)]

    def _clients(self, number):
        account = None
        while not self.stop.is_set():
            try:
                if not account:
                    acme = Acme(self.ca.directory_url, self.ca.root_pem)
                    account = acme.new_account()
                leaf = _issue(account, [f"n{number}.busy.example"])
                self.issued += 1
                if self.issued % 3 == 0:
                    account.post(acme.directory["revokeCert"], {"certificate": certs.to_der64(leaf), "reason": 4})
                if self.issued % 7 == 0:
                    account.post(account.url, {"status": "deactivated"})
                    account = None
            except Exception:  # a role was killed under it
                account = None

    def _operator(self):
        while not self.stop.is_set():
            for words in (["block", "add", "--name", "on.and.off.example"], ["account", "suspend", "1"], ["limits", "set", "--account", "1", "--rate", "none"],
                          ["block", "remove", "--name", "on.and.off.example"], ["account", "resume", "1"], ["limits", "unset", "--account", "1"]):
                self.acts += self.ca.cli(*words, check=False).returncode == 0

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)


def test_a_busy_ca_is_right_and_so_is_one_whose_roles_and_itself_were_killed(workdir):
    ca = _ca(workdir / "ca")
    with ca:
        with Busy(ca) as busy:
            wait_until(lambda: busy.issued > 3 and busy.acts > 6, 30, "it is busy", 0.2)
            for _ in range(4):
                _right(ca.directory)
            for role in ("registrar", "signer", "registrar"):
                ca.kill(role)
                _right(ca.directory)
                time.sleep(0.5)
                _right(ca.directory)
            ca.kill("parent")
        time.sleep(1)  # its roles end
        _right(ca.directory)
    with ca.start():
        _right(ca.directory)
        _issue(Acme(ca.directory_url, ca.root_pem).new_account(), ["again.example"])
        _noted(ca)
        _right(ca.directory)
    _right(ca.directory)
