"""Puts certificates into the database of a CA that isn't running: as many copies of one that it has issued as are wanted, each with a serial, a key and names of its own."""
import sqlite3

OWN = {"id": "NULL", "serial": "x'10' || randomblob(16)", "spki_sha256": "randomblob(32)", "order_id": "NULL",
       "names": "replace(t.names, :name, 'fill-' || n.i || '.load.example')"}
REVOKED = {"status": "4", "revoked_at": "t.not_before + n.i % 86400", "reason": "n.i % 2", "on_crl": "1"}


def _insert(db, count, first, values):
    columns = [row[1] for row in db.execute("PRAGMA table_info(certificate)")]
    chosen = ", ".join(f"CAST({values[column]} AS BLOB)" if column == "serial" else values.get(column, f"t.{column}") for column in columns)
    template, names = db.execute("SELECT id, names FROM certificate WHERE status = 2 AND order_id IS NOT NULL ORDER BY id LIMIT 1").fetchone()
    name = min(names.replace("\n", " ").replace(",", " ").replace('"', " ").replace("[", " ").replace("]", " ").split(), key=len)
    last = db.execute("SELECT max(id) FROM certificate").fetchone()[0]
    db.execute(f"WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {first + count})"
               f" INSERT INTO certificate ({', '.join(columns)}) SELECT {chosen} FROM n, certificate AS t WHERE t.id = {template}", {"name": name})
    return last


def fill(database, count, *, revoked=False, first=0):
    """Adds so many; `first` counts those of earlier calls, so that names stay apart."""
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -1000000")
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("BEGIN")
    last = _insert(db, count, first, {**OWN, **(REVOKED if revoked else {})})
    for prefix in ("", "_xmpp-client.", "_xmpp-server."):
        db.execute("INSERT INTO certificate_name (name, certificate_id) SELECT ? || 'fill-' || (? + id - ? - 1) || '.load.example', id FROM certificate WHERE id > ?",
                   (prefix, first, last, last))
    if revoked:
        db.execute("UPDATE crl_shard SET revision = revision + 1")
        db.execute("INSERT INTO crl_shard (issuer, shard, revision) SELECT DISTINCT issuer, shard, 1 FROM certificate WHERE true ON CONFLICT DO NOTHING")
    else:
        db.execute("INSERT INTO certificate_expiry (day, active) SELECT not_after / 86400, count(*) FROM certificate WHERE id > ? GROUP BY 1"
                   " ON CONFLICT (day) DO UPDATE SET active = active + excluded.active", (last,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
