"""The signer's audit log, as `xica audit verify` reads it: whole while nobody touched it, and not after any change."""
import pytest

from lab.paths import BUILD
from lab.process import run


def _verify(*words):
    done = run([BUILD / "xica", *words], check=False, timeout=20)
    return done.returncode, done.stdout


@pytest.fixture
def lines(ca, account, http01, domain):
    """The shared CA's log, after an issuance at least."""
    assert account.issue([domain], http01).leaf
    return (ca.directory / "audit.log").read_bytes().splitlines(keepends=True)


def test_the_log_of_a_running_ca_is_whole(ca, lines):
    code, said = _verify("--dev", ca.directory, "audit", "verify")
    assert code == 0 and "whole" in said


@pytest.mark.parametrize("change, line", [
    (lambda log: [log[0], log[1].replace(b'"kind"', b'"kinb"'), *log[2:]], 2),
    (lambda log: [log[0], *log[2:]], 2),
    (lambda log: log[1:], 1),
    (lambda log: [log[0], log[2], log[1], *log[3:]], 2),
    (lambda log: [log[0], log[1], log[1], *log[2:]], 3),
    (lambda log: [log[0], b"{}\n", *log[1:]], 2),
    (lambda log: [log[0], b"not JSON\n", *log[1:]], 2),
    (lambda log: [*log[:-1], log[-1][:-1]], None)],
    ids=["changed", "taken out", "first taken out", "moved", "doubled", "put in", "no JSON", "torn"])
def test_what_was_done_to_the_log_is_found_and_where(lines, workdir, change, line):
    log = workdir / "audit.log"
    log.write_bytes(b"".join(change(lines)))
    code, said = _verify("audit", "verify", log)
    assert code == 1
    assert f"line {line or len(lines)} " in said


def test_a_log_that_is_not_there_is_said_to_be_missing(workdir):
    assert _verify("audit", "verify", workdir / "none") == (1, f"xica audit: {workdir / 'none'} can't be read: No such file or directory\n")
