"""`xica restore` brings back from the audit log what operators and others did since the backup: a compromised key is never certified again, what was blocked, suspended or closed stays so."""
import json
import shutil
import sqlite3

import pytest

from lab import certs
from lab.acme_raw import Acme, problem
from lab.csr import make_csr, new_key
from lab.jws import Key
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.xicad import Xicad

TABLES = {
    "blocked_key": "SELECT hex(spki_sha256), time, reason FROM blocked_key ORDER BY 1",
    "blocked": "SELECT kind, key, value, below, reason, who, time FROM blocked ORDER BY 1, 2",
    "account": "SELECT id, status, rests FROM account ORDER BY 1",
    "eab_key": "SELECT kid, revoked <> 0 FROM eab_key ORDER BY 1",
    "rate_override": "SELECT kind, owner, rate, reason, time FROM rate_override ORDER BY 1, 2",
    "renewal_call": "SELECT hex(serial), time, explanation FROM renewal_call ORDER BY 1",
}


def _serial(leaf):
    text = f"{leaf.serial_number:x}"
    return text.rjust(len(text) + len(text) % 2, "0")


def _rows(directory):
    with sqlite3.connect(directory / "db" / "xica.db") as database:
        return {table: database.execute(query).fetchall() for table, query in TABLES.items()}


def _issue(account, names, key=None):
    order = account.order(names)
    for url in order.json()["authorizations"]:
        account.post(account.json(url)["challenges"][0]["url"], {})
        assert account.settled(url)["status"] == "valid"
    return order.certificate(make_csr(names, key)).leaf


class Life:
    """A CA with a backup, what was done before it and after it; then it stopped."""

    def __init__(self, home):
        self.home = home
        self.ca = Xicad(home / "ca", options=["--assume-valid"], resolve_all="127.0.0.1")
        self.keys = {who: new_key() for who in ("operator", "holder", "again", "account")}
        with self.ca:
            self.acme = Acme(self.ca.directory_url, self.ca.root_pem)
            self._before()
            self.ca.cli("backup", home)
            self._after()
            wait_until(lambda: json.loads(self.ca.cli("health", "--json").stdout)["waiting"]["notes"] == 0, 10, "all notes stand in the log", 0.1)
        self.folder = next(home.glob("xica-2*"))
        self.rows = _rows(self.ca.directory)

    def _before(self):
        self.accounts = [self.acme.new_account() for _ in range(4)]  # 1 to 4
        self.leaves = {who: _issue(self.accounts[0], [f"{who}.example"], key) for who, key in self.keys.items()}
        self.ready = self.accounts[0].order(["ready.example"])
        url = self.ready.json()["authorizations"][0]
        self.accounts[0].post(self.accounts[0].json(url)["challenges"][0]["url"], {})
        assert self.accounts[0].settled(url)["status"] == "valid"
        self.ca.cli("account", "suspend", "2")
        self.ca.cli("block", "add", "--name", "freed.example")
        self.ca.cli("block", "add", "--name", "still.example", "--below", "--reason", "before")
        self.ca.cli("limits", "set", "--account", "1", "--rate", "none")
        self.ca.cli("cert", "revoke", "--serial", _serial(self.leaves["again"]), "--reason", "superseded")
        self.kids = [json.loads(self.ca.cli("account", "eab", "create", "--json").stdout)["kid"] for _ in range(2)]

    def _after(self):
        cli, account = self.ca.cli, self.accounts[0]
        cli("cert", "revoke", "--serial", _serial(self.leaves["operator"]), "--reason", "keyCompromise", "--yes")
        cli("cert", "revoke", "--serial", _serial(self.leaves["again"]), "--reason", "keyCompromise", "--yes", check=False)  # it is revoked already: the key is blocked alone
        revoke = self.acme.directory["revokeCert"]
        holder = Key(private=self.keys["holder"])
        assert self.acme.post_jwk(revoke, {"certificate": certs.to_der64(self.leaves["holder"]), "reason": 1}, holder).status_code == 200
        assert account.post(revoke, {"certificate": certs.to_der64(self.leaves["account"]), "reason": 1}).status_code == 200  # proves nothing about the key
        cli("block", "add", "--spki", "ab" * 32, "--reason", "ü" * 300)
        cli("block", "remove", "--name", "freed.example")
        cli("block", "add", "--name", "Bad.Example", "--below", "--reason", "phishing")
        cli("block", "add", "--address", "203.0.113.7", "--reason", "floods")
        cli("account", "resume", "2")
        cli("account", "suspend", "3")
        assert self.accounts[3].post(self.accounts[3].url, {"status": "deactivated"}).status_code == 200
        self.accounts.append(self.acme.new_account())  # 5: without a certificate, after the backup
        cli("account", "suspend", "5")
        cli("limits", "unset", "--account", "1")
        cli("limits", "set", "--domain", "www.big.example", "--rate", "none", "--reason", "a university")
        self.renewed = _issue(account, ["renew.example"])
        cli("cert", "renew-now", "--serial", _serial(self.renewed), "--explanation", "https://example.org/" + "w" * 300)
        cli("account", "eab", "revoke", self.kids[0])
        self.lost_kid = json.loads(cli("account", "eab", "create", "--json").stdout)["kid"]
        self.done = self.ready.certificate(make_csr(["ready.example"])).leaf


@pytest.fixture(scope="module")
def life(output):
    home = output / "backup-acts"
    home.mkdir()
    return Life(home)


@pytest.fixture
def place(life, workdir):
    """A copy of the CA whose database is lost."""
    shutil.copytree(life.home / "ca", workdir / "ca", ignore=shutil.ignore_patterns("control.sock"))
    shutil.rmtree(workdir / "ca" / "db")
    return workdir / "ca"


def _restore(life, place, *words):
    return run([BUILD / "xica", "restore", life.folder, *words, "--dev", place], timeout=60).stdout


def _right(directory):
    for words in (["certificates"], ["verify"]):
        done = run([BUILD / "xica", "audit", *words, "--dev", directory], check=False, timeout=60)
        assert done.returncode == 0, done.stdout


def test_what_was_done_since_the_backup_is_there_again(life, place):
    done = json.loads(_restore(life, place, "--json"))
    after = _rows(place)
    for table, rows in life.rows.items():
        if table == "eab_key":
            rows = [row for row in rows if row[0] != life.lost_kid]
        if table == "blocked_key":  # of a long reason the line holds the beginning
            rows = [(key, when, reason if len(reason) < 200 else "ü" * 100 + "…") for key, when, reason in rows]
        assert after[table] == rows, table
    assert len(after["blocked_key"]) == 4 and [row[1] for row in after["account"]] == [1, 1, 3, 2, 3]
    assert done["acts"] >= 14 and done["acts_lost"] == 0 and done["eab_keys_lost"] == 1
    _right(place)


def test_done_twice_nothing_changes(life, place):
    _restore(life, place)
    once = _rows(place)
    run([BUILD / "xica", "restore", life.folder, "--dev", place], timeout=60)
    assert _rows(place) == once
    _right(place)


def test_what_can_not_come_back_is_said(life, place):
    said = _restore(life, place)
    assert "acts of operators and others" in said
    assert "Not recovered: 1 external account key that was made since the backup" in said
    assert "orders and authorizations, accounts without a certificate" in said


def test_an_order_whose_certificate_was_issued_since_is_valid_and_not_issued_again(life, place):
    _restore(life, place)
    order = int(life.ready.url.rsplit("/", 1)[1])
    with sqlite3.connect(place / "db" / "xica.db") as database:
        status, serial = database.execute("SELECT status, lower(hex(serial)) FROM orders WHERE id = ?", (order,)).fetchone()
    assert (status, serial) == (4, _serial(life.done))


def test_a_compromised_key_is_not_certified_after_a_restore_and_who_was_kept_out_stays_out(life, place):
    _restore(life, place)
    ca = Xicad(place, options=["--assume-valid"], resolve_all="127.0.0.1")
    for port in ("https_port", "http_port", "http01_port"):  # its URLs stand in certificates and accounts
        setattr(ca, port, getattr(life.ca, port))
    ca.argv = [BUILD / "xicad", "--dev", place, *life.ca.argv[3:]]
    with ca:
        acme = Acme(ca.directory_url, ca.root_pem)
        account = acme.new_account()
        for who in ("operator", "holder", "again"):
            order = account.order([f"{who}.new.example"])
            url = order.json()["authorizations"][0]
            account.post(account.json(url)["challenges"][0]["url"], {})
            account.settled(url)
            assert "compromised" in problem(order.finalize(make_csr([f"{who}.new.example"], life.keys[who])), "badCSR")["detail"]
        assert _issue(account, ["account.new.example"], life.keys["account"])
        problem(account.new_order(["www.bad.example"]), "rejectedIdentifier")
        assert account.new_order(["freed.example"]).status_code == 201
        for kept_out in (life.accounts[2], life.accounts[3], life.accounts[4]):
            kept_out.acme = acme
            problem(kept_out.new_order(["x.example"]), "unauthorized")
        life.accounts[1].acme = acme
        assert life.accounts[1].new_order(["x.example"]).status_code == 201
        wait_until(lambda: json.loads(ca.cli("health", "--json").stdout)["waiting"]["notes"] == 0, 10, "all notes stand in the log", 0.1)
    _right(place)
