"""A CA whose database holds a million certificates and a million orders and authorizations that are over: lists go page by page at the same cost each, and clean-up
takes what is over away in portions, while the CA goes on answering."""
import contextlib
import json
import sqlite3
import statistics
import time

import pytest

from lab.acme_raw import Acme
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

ROWS = 1_000_000
REVOKED = 20  # each 20th certificate
OVER = ROWS // 2  # orders; as many authorizations
PAGE = 2000
PORTION = 100  # of each table in one unit, five times a second or more (role/registrar/cleanup.c)
DAY = 86400

# Row n of each. Serials and digests rise with n, as no real ones do, so that filling takes seconds.
_CERTIFICATES = """
    INSERT INTO certificate (id, serial, account_id, issuer, shard, profile, not_before, not_after, made, status, spki_sha256, names, tbs, der)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    SELECT 1000 + i, CAST(printf('%016d', i) AS BLOB), 1, 'filled', 0, 'xmpp-server', :now - 1000, :now + 90 * 86400, :now - 1000, CASE i % :revoked WHEN 0 THEN 4 ELSE 2 END,
        CAST(printf('%032d', i) AS BLOB), 'h' || i || '.million.example', x'', x'' FROM n"""
_AUTHORIZATIONS = """
    INSERT INTO authz (id, account_id, identifier, identifier_type, wildcard, status, created, expires, keep_until)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :over)
    SELECT 1000 + i, 1, 'o' || i || '.million.example', 1, 0, 1, :now - 20 * 86400, :now - 10 * 86400 + i, :now - 10 * 86400 + i FROM n"""
_ORDERS = """
    INSERT INTO orders (id, account_id, status, created, expires, keep_until, not_before, not_after, profile, names_hash)
    SELECT id, 1, 1, created, expires, keep_until, 0, 0, 'xmpp-server', CAST(printf('%032d', id) AS BLOB) FROM authz WHERE id > 1000"""
_LINKS = [
    "INSERT INTO certificate_name SELECT names, id FROM certificate WHERE id > 1000",
    "INSERT INTO order_authz (order_id, position, authz_id) SELECT id, 0, id FROM authz WHERE id > 1000",
]


def _fill(path):
    values = {"rows": ROWS, "revoked": REVOKED, "over": OVER, "now": int(time.time())}
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF", "journal_mode = OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        for text in (_CERTIFICATES, _AUTHORIZATIONS, _ORDERS):
            database.execute(text, {name: value for name, value in values.items() if f":{name}" in text})
        for text in _LINKS:
            database.execute(text)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")


@pytest.fixture(scope="module")
def big(output):
    """That CA, running; its first account is there before the rows."""
    ca = Xicad(output / "million", resolve_all="127.0.0.1")
    ca.start()
    Acme(ca.directory_url, ca.root_pem).new_account()
    ca.stop()
    _fill(ca.directory / "db" / "xica.db")
    ca.start(60)
    yield ca
    ca.stop()
    (ca.directory / "db" / "xica.db").unlink()
    assert [line for line in ca.log.read_text().splitlines() if "level=error" in line] == []


def _page(ca, *words, after=None):
    """One page of `xica cert list`, its serials, the cursor of the next, and how many seconds it took."""
    began = time.monotonic()
    answer = json.loads(run([BUILD / "xica", "cert", "list", *words, *(["--after", after] if after else []), "--json", "--dev", ca.directory], quiet=True).stdout)
    return [one["serial"] for one in answer["certificates"]], answer["next"], time.monotonic() - began


def _serial(number):
    return f"{number:016d}".encode().hex()


def test_a_page_costs_the_same_wherever_it_is(big):
    """Also the millionth row's: nothing is counted off to get there."""
    def seconds(at):
        took = []
        for _ in range(5):
            serials, _, one = _page(big, "--limit", str(PAGE), after=_serial(at + 1))
            assert serials == [_serial(number) for number in range(at, at - PAGE, -1)]
            took.append(one)
        return min(took)
    first, middle, last = (seconds(at) for at in (ROWS - 1, ROWS // 2, PAGE))
    assert max(first, middle, last) < 3 * min(first, middle, last) + 0.1


def test_pages_hold_every_row_once_newest_first(big):
    """Those of one state, which lie all over the million."""
    serials, after, pages = [], None, 0
    while pages == 0 or after:
        page, after, _ = _page(big, "--status", "revoked", "--limit", "10000", after=after)
        assert len(page) == 10000 or not after
        serials += page
        pages += 1
    assert serials == [_serial(number) for number in range(ROWS, 0, -REVOKED)]
    assert pages in (ROWS // REVOKED // 10000, ROWS // REVOKED // 10000 + 1), "the last one may say by itself that it is that"


def test_one_of_a_million_is_found_at_once(big):
    began = time.monotonic()
    assert _page(big, "--name", "h654321.million.example")[0] == [_serial(654321)]
    assert time.monotonic() - began < 2


def _counts(ca):
    with contextlib.closing(sqlite3.connect(f"file:{ca.directory}/db/xica.db?mode=ro", uri=True, timeout=10)) as database:
        return {table: database.execute(f"SELECT count(*) FROM {table} WHERE id > 1000 AND id <= {1000 + OVER}").fetchone()[0] for table in ("orders", "authz")}


def test_clean_up_goes_on_in_portions_while_the_ca_issues(big):
    before, began = _counts(big), time.monotonic()
    account, took = Acme(big.directory_url, big.root_pem).new_account(), []
    with Http01(big.http01_port) as http01:
        while time.monotonic() - began < 6:
            asked = time.monotonic()
            account.issue([f"n{len(took)}.new.example"], http01)
            took.append(time.monotonic() - asked)
    after, seconds = _counts(big), time.monotonic() - began
    for table in ("orders", "authz"):
        gone = before[table] - after[table]
        assert gone % PORTION == 0 and gone > 10 * PORTION * seconds and after[table] > 0, (before, after, seconds)
    assert statistics.median(took) < 1, took
    assert max(took) < 5, took
    assert _page(big, "--name", "n0.new.example")[0], "what was issued meanwhile is there"
