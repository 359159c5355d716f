"""What an operator does while the registrar dies: the command says what that means, nothing is half done, and the same command completes it."""
import json
import sqlite3
import subprocess
import time

import pytest
from cryptography import x509

from lab import ledger
from lab.acme_raw import Acme
from lab.csr import make_csr
from lab.jws import b64
from lab.paths import BUILD
from lab.rows import add_certificates
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

MANY, PORTION = 1000, 200


@pytest.fixture(name="ca")
def ca_fixture(workdir):
    """A CA that has served once: the first issuance of all is that of its own site, and no test means that one."""
    ca = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    ca.start().stop()
    yield ca
    ca.stop()


def _answers_again(ca):
    wait_until(lambda: ca.cli("health", check=False).returncode == 0, 20, "the registrar answers again", 0.1)


# --- cert issue

def _listed(ca, name):
    return [one["status"] for one in json.loads(ca.cli("cert", "list", "--name", name, "--json").stdout)["certificates"]]


@pytest.mark.parametrize("point, left", [("before-prepare", []), ("after-prepare", []), ("after-serial-commit", ["abandoned"]), ("after-issue", ["issued"]),
                                         ("after-certificate-commit", ["issued"])], ids=lambda value: value if isinstance(value, str) else "-".join(value) or "nothing")
def test_who_issues_while_the_registrar_dies_is_told_where_to_look_and_what_stands_there_is_so(ca, workdir, point, left):
    (workdir / "csr").write_bytes(make_csr(["vouched.example.org"]))
    words = ["cert", "issue", "--csr", workdir / "csr"]
    with ca.start(extra=["--crash-at", f"registrar:{point}"]):
        broken = ca.cli(*words, check=False)
        assert broken.returncode == 1 and "closed the connection before it answered" in broken.stdout
        assert "may have been issued all the same" in broken.stdout and "xica cert list --name vouched.example.org" in broken.stdout
        assert "BEGIN CERTIFICATE" not in broken.stdout
        _answers_again(ca)
        wait_until(lambda: "pending" not in _listed(ca, "vouched.example.org"), 20, "it is found out what came of it", 0.1)
        assert _listed(ca, "vouched.example.org") == left
        again = ca.cli(*words)
        assert "BEGIN CERTIFICATE" in again.stdout and _listed(ca, "vouched.example.org") == ["issued", *left]
    ledger.check_one_story(ca.directory)


def test_where_no_xicad_is_nothing_may_have_been_issued(ca, workdir):
    (workdir / "csr").write_bytes(make_csr(["nobody.example.org"]))
    refused = ca.cli("cert", "issue", "--csr", workdir / "csr", check=False)
    assert refused.returncode == 1 and "no xicad answers at" in refused.stdout and "may have been issued" not in refused.stdout


# --- cert renew-now

@pytest.fixture(name="full")
def full_fixture(ca):
    """The CA with MANY more certificates of one account; not running."""
    with ca.start(), Http01(ca.http01_port) as http01:
        account = Acme(ca.directory_url, ca.root_pem).new_account()
        leaf = account.issue(["many.example.org"], http01).leaf
    ca.number = account.url.rsplit("/", 1)[1]
    ca.words = ["cert", "renew-now", "--account", ca.number]
    ca.serials = {int(serial, 16) for serial in add_certificates(ca.directory, leaf.serial_number, MANY)} | {leaf.serial_number}
    ca.leaf = leaf
    return ca


def _marked(ca):
    database = sqlite3.connect(f"file:{ca.directory}/db/xica.db?mode=ro", uri=True, timeout=20)
    try:
        return {int(serial.hex(), 16) for serial, in database.execute("SELECT serial FROM renewal_call")}
    finally:
        database.close()


def _noted(ca, count):
    """How many certificates the audit log says were marked, or no longer are, by whole portions; so many lines are waited for."""
    wait_until(lambda: len(ledger.operator_acts(ca.directory, "cert-renew-now")) >= count, 10, "the acts are noted", 0.1)
    return [act["outcome"]["marked"] for act in ledger.operator_acts(ca.directory, "cert-renew-now")]


def _start_of_window(ca):
    """What a client is told of the one that was really issued (RFC 9773 §4.1)."""
    key_id = ca.leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = ca.leaf.serial_number.to_bytes(ca.leaf.serial_number.bit_length() // 8 + 1, "big")
    acme = Acme(ca.directory_url, ca.root_pem)
    return acme.get(f"{acme.directory['renewalInfo']}/{b64(key_id)}.{b64(serial)}").json()["suggestedWindow"]["start"]


def test_a_call_for_renewal_that_the_registrar_s_death_broke_off_is_completed_by_the_same_command(full):
    with full.start(extra=["--crash-at", "registrar:after-renewal-commit"]):  # of the first portion, of which nobody is told
        before = _start_of_window(full)
        broken = full.cli(*full.words, check=False)
        assert broken.returncode == 1 and "0 were marked before, and perhaps those that xicad was asked for last; run this again for all" in broken.stdout
        _answers_again(full)
        first = _marked(full)
        assert len(first) == PORTION and first < full.serials, "a portion is done whole or not at all"
        again = json.loads(full.cli(*full.words, "--json").stdout)
        assert again == {"marked": MANY + 1, "over": 0} and _marked(full) == full.serials
        assert _start_of_window(full) < before
        assert sorted(_noted(full, 7)) == [1, *[PORTION] * 6], "each portion has its note, the one whose answer was lost too"
    assert full.cli("audit", "verify", full.directory / "audit.log").returncode == 0


def test_what_is_taken_back_and_broken_off_is_completed_too(full):
    with full.start():
        before = _start_of_window(full)
        full.cli(*full.words)
    with full.start(extra=["--crash-at", "registrar:after-renewal-commit"]):
        broken = full.cli(*full.words, "--withdraw", check=False)
        assert broken.returncode == 1 and "0 were taken back before" in broken.stdout
        _answers_again(full)
        assert len(_marked(full)) == MANY + 1 - PORTION
        assert json.loads(full.cli(*full.words, "--withdraw", "--json").stdout)["marked"] == MANY + 1 - PORTION
        assert _marked(full) == set() and _start_of_window(full) == before


def test_a_command_that_is_killed_leaves_whole_portions_and_is_run_again(full):
    with full.start():
        words = [BUILD / "xica", *full.words, "--dev", full.directory]
        for _ in range(10):  # until it is caught in the middle
            process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
            wait_until(lambda: _marked(full) or process.poll() is not None, 20, "a portion is done", 0.001)  # pylint: disable=cell-var-from-loop
            process.kill()
            process.wait(10)
            time.sleep(0.3)  # the portion that is under way is done all the same
            marked = _marked(full)
            assert marked <= full.serials and (len(marked) % PORTION == 0 or marked == full.serials)
            if len(marked) < MANY:
                break
            full.cli(*full.words, "--withdraw")
        assert json.loads(full.cli(*full.words, "--json").stdout)["marked"] == MANY + 1 and _marked(full) == full.serials
