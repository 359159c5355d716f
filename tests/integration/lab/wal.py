"""The database's write-ahead log, commit by commit (https://www.sqlite.org/fileformat2.html#the_write_ahead_log)."""
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

HEADER, FRAME_HEADER = 32, 24


def _ends_of_commits(log):
    """Behind each commit of the newest generation: how long the log is there."""
    frame, salt = FRAME_HEADER + int.from_bytes(log[8:12], "big"), log[16:24]
    ends = []
    for at in range(HEADER, len(log) - frame + 1, frame):
        if log[at + 8:at + 16] != salt:
            break
        if int.from_bytes(log[at + 4:at + 8], "big"):
            ends.append(at + frame)
    return ends


def _answer_of(database, log, question):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copy(database, copy)
        copy.with_name("copy.db-wal").write_bytes(log)
        connection = sqlite3.connect(copy)
        try:
            return connection.execute(question).fetchone()[0]
        finally:
            connection.close()


def lose_commits_until(database, question, answer):
    """As after a power failure: of what nobody uses just now, the newest commits are gone, down to where the question has this answer. Returns how many."""
    path = database.with_name(database.name + "-wal")
    log = path.read_bytes()
    for lost, end in enumerate(reversed(_ends_of_commits(log))):
        if _answer_of(database, log[:end], question) == answer:
            os.truncate(path, end)
            database.with_name(database.name + "-shm").unlink(missing_ok=True)
            return lost
    raise AssertionError(f"at no commit in {path} is {question} {answer}")
