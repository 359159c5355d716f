"""A database with very many certificates in it, made of one that was issued: for a xicad that is not running."""
import secrets
import sqlite3


def _serial():
    """As xica's: 16 random bytes behind one that keeps it positive."""
    return bytes([1 + secrets.randbelow(126)]) + secrets.token_bytes(16)


def add_certificates(directory, serial, count, *, revoked=None):
    """Copies the row of the certificate with this serial number (an integer) `count` times with serials of their own, returned in hexadecimal. The copies
    are issued ones, or with revoked=(time, reason) revoked ones, for the CRL of the same shard. Their DER is the original's."""
    raw = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
    database = sqlite3.connect(directory / "db" / "xica.db", isolation_level=None)
    columns = [row[1] for row in database.execute("PRAGMA table_info(certificate)") if row[1] not in ("id", "serial", "status", "revoked_at", "reason", "on_crl")]
    (identity,) = database.execute("SELECT id FROM certificate WHERE serial = ?", (raw,)).fetchone()
    names = ", ".join(columns)
    state = (4, *revoked, 1) if revoked else (2, 0, 0, 0)
    serials = [_serial() for _ in range(count)]
    database.execute("BEGIN")
    database.executemany(f"INSERT INTO certificate (serial, status, revoked_at, reason, on_crl, {names}) SELECT ?, ?, ?, ?, ?, {names} FROM certificate WHERE id = ?",
                         ([one, *state, identity] for one in serials))
    if not revoked:
        database.execute("INSERT INTO certificate_name (name, certificate_id) SELECT name, c.id FROM certificate_name, certificate c"
                         " WHERE certificate_id = ? AND c.id > (SELECT max(id) - ? FROM certificate)", (identity, count))
        database.execute("UPDATE certificate_expiry SET active = active + ? WHERE day = (SELECT not_after / 86400 FROM certificate WHERE id = ?)", (count, identity))
    else:
        database.execute("INSERT INTO crl_shard (issuer, shard, revision) SELECT issuer, shard, 1 FROM certificate WHERE id = ?"
                         " ON CONFLICT (issuer, shard) DO UPDATE SET revision = revision + 1", (identity,))
    database.execute("COMMIT")
    database.close()
    return [one.hex() for one in serials]
