"""What a CA has on record: the signer's audit log and the registrar's database, and whether they tell the same story."""
import hashlib
import json
import sqlite3

from cryptography import x509

ISSUED, REVOKED = 2, 4


def audit_lines(directory):
    """The entries of the audit log, each checked to hold the digest of the line before it."""
    entries, previous = [], "0" * 64
    for line in (directory / "audit.log").read_bytes().splitlines(keepends=True):
        assert line.endswith(b"\n"), "a torn line"
        entry = json.loads(line)
        assert entry["previous"] == previous, f"the chain breaks at line {len(entries) + 1}"
        previous = hashlib.sha256(line.removesuffix(b"\n")).hexdigest()
        entries.append(entry)
    return entries


def operator_acts(directory, command=None):
    """What operators changed, as the audit log tells it; of one command, or all. Each says who, what and when, and has a number that rises."""
    acts = [entry for entry in audit_lines(directory) if entry["kind"] == "operator"]
    for entry in acts:
        assert entry["by"] and entry["command"] and entry["done"] and isinstance(entry["arguments"], dict), entry
    numbers = [entry["note"] for entry in acts]
    assert numbers == sorted(numbers), "acts stand in the order in which they were done"
    return [entry for entry in acts if command in (None, entry["command"])]


def rows(directory):
    """{serial: (status, DER)} of the certificates in the database; read without changing it."""
    database = sqlite3.connect(f"file:{directory / 'db' / 'xica.db'}?mode=ro", uri=True, timeout=10)
    try:
        return {serial: (status, der) for serial, status, der in database.execute("SELECT serial, status, der FROM certificate")}
    finally:
        database.close()


def serial_bytes(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def check_one_story(directory):
    """No serial is signed twice; what was signed has its row with the same bytes, and what has a certificate was signed.
    Returns the serials that were issued."""
    signed = [entry["serial"] for entry in audit_lines(directory) if entry["kind"] == "issue"]
    assert len(signed) == len(set(signed)), "a serial was signed twice"
    recorded = {serial.hex(): der for serial, (status, der) in rows(directory).items() if status in (ISSUED, REVOKED)}
    assert set(signed) == set(recorded), "signed and recorded certificates differ"
    for serial, der in recorded.items():
        assert x509.load_der_x509_certificate(der).serial_number == int(serial, 16)
    return set(signed)
