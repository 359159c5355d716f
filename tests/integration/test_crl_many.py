"""More CRLs than could wait in one queue between two roles, or than a process usually may have descriptors: every front serves all of them."""
import contextlib
import resource
import sqlite3
import time

import pytest
import requests

from lab.waiting import wait_until
from lab.xicad import Xicad

SHORT, SHORT_LEN = 4600, 62_000  # each stands in a message; together more than IPC_QUEUED_MAX (src/ipc/channel.h)
LONG, LONG_LEN = 400, 70_000     # each in memory of its own, with a descriptor


def _publish(path):
    """As if an earlier configuration had had so many shards: the fronts are handed what the database holds, whatever it is."""
    now = int(time.time())
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        issuer = database.execute("SELECT issuer FROM crl").fetchone()[0]
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for first, count, length in ((1, SHORT, SHORT_LEN), (1 + SHORT, LONG, LONG_LEN)):
            database.execute("WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1 + ?2)"
                             " INSERT INTO crl (issuer, shard, number, this_update, next_update, revision, der) SELECT ?3, i, 7, ?4, ?4 + 604800, 0, zeroblob(?5) FROM n",
                             (first, count, issuer, now, length))
        database.execute("INSERT OR IGNORE INTO crl_shard (issuer, shard, revision) SELECT issuer, shard, revision FROM crl")
        database.execute("COMMIT")
    return issuer


@pytest.fixture(scope="module")
def many(output):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    ca = Xicad(output / "many-crls", resolve_all="127.0.0.1")
    ca.start()
    path = ca.directory / "db" / "xica.db"
    wait_until(lambda: ca.log.read_text().count("is out"), 20, "the first CRL")
    ca.stop()
    ca.issuer = _publish(path)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))  # what a system gives by itself is little
    try:
        ca.start(60)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    yield ca
    ca.stop()
    path.unlink()


def _length(session, url):
    """Of what is there in the end: a front that doesn't have all yet says 503 of what it lacks."""
    def there():
        answer = session.get(url, timeout=20)
        return answer if answer.status_code != 503 else None
    return len(wait_until(there, 20, url).content)


def _all_are_served(ca):
    shards = [*range(1, SHORT + 1, 50), SHORT, *range(SHORT + 1, SHORT + LONG + 1, 10), SHORT + LONG]
    for _ in range(4):  # each connection is some front's
        with requests.Session() as session:
            for shard in shards:
                assert _length(session, f"http://localhost:{ca.http_port}/crl/{ca.issuer}/{shard}.crl") == (SHORT_LEN if shard <= SHORT else LONG_LEN), shard


def test_all_are_served_and_no_front_is_cut_off(many):
    _all_are_served(many)
    assert "front" not in "".join(line for line in many.log.read_text().splitlines() if "level=error" in line)


def test_a_front_that_comes_later_has_them_too(many):
    for _ in many.role_pids("front"):
        many.kill("front")
    _all_are_served(many)
