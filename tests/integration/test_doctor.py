"""`xica doctor`: a healthy deployment has no failure, and each thing that is wrong is said, with what to do."""
import json
import os
import shutil
import sqlite3

import pytest

from lab.paths import BUILD
from lab.process import run
from lab.xicad import Xicad


def _examine(directory, *words):
    done = run([BUILD / "xica", "doctor", "--json", *words, "--dev", directory], check=False, timeout=60)
    answer = json.loads(done.stdout)
    assert done.returncode == (1 if answer["failures"] else 0) and answer["healthy"] == (not answer["failures"])
    return answer


def _failed(directory, *words):
    return {one["check"]: one for one in _examine(directory, *words)["checks"] if one["result"] == "failure"}


@pytest.fixture(scope="module")
def running(output):
    directory = output / "doctor" / "ca"
    directory.parent.mkdir()
    with Xicad(directory, resolve_all="127.0.0.1") as ca:
        yield ca


@pytest.fixture
def stopped(running, workdir):
    shutil.copytree(running.directory, workdir / "ca", ignore=shutil.ignore_patterns("control.sock"))
    with sqlite3.connect(workdir / "ca" / "db" / "xica.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return workdir / "ca"


def test_a_running_ca_is_healthy_on_its_own_machine(running):
    answer = _examine(running.directory)
    assert answer["failures"] == 0, answer["checks"]
    assert next(one["text"] for one in answer["checks"] if one["check"] == "terms") == f"{running.directory_url.removesuffix('/acme/directory')}/terms answers"
    assert not [one for one in answer["checks"] if one["result"] == "ok" and "advice" in one]
    assert {"issuer", "root", "root-crl", "site-tls", "database", "audit-log", "crl", "roles", "disk", "seccomp", "files", "site", "crl-url", "issuer-url", "ocsp"} <= {
        one["check"] for one in answer["checks"] if one["result"] == "ok"}


def test_the_report_for_people_says_the_same(running):
    said = run([BUILD / "xica", "doctor", "--offline", "--dev", running.directory]).stdout
    assert "ok       database" in said and said.splitlines()[-1].startswith("0 failures")


def test_a_ca_that_does_not_run_is_told_with_how_to_start_it(stopped):
    failed = _failed(stopped, "--offline")
    assert set(failed) == {"xicad"} and "start" in failed["xicad"]["advice"]


def test_what_can_not_be_reached_is_told(output):
    """A configuration whose site nobody serves."""
    directory = output / "doctor" / "other"
    with Xicad(directory, resolve_all="127.0.0.1") as ca:
        config = output / "doctor" / "xicad.conf"
        config.write_text(f'url = "https://127.0.0.1:1"\nhttp-url = "http://127.0.0.1:1"\nstate-dir = "{directory}"\ncontrol-socket = "{directory}/none.sock"\n')
        done = run([BUILD / "xica", "doctor", "--json", "-c", config], check=False, timeout=60)
    failed = {one["check"]: one for one in json.loads(done.stdout)["checks"] if one["result"] == "failure"}
    assert done.returncode == 1 and {"xicad", "site", "crl-url", "issuer-url", "ocsp"} <= set(failed) and ca.https_port
    assert all(failed[check]["advice"] for check in ("site", "crl-url", "ocsp"))


@pytest.mark.parametrize("spoil, check", [
    (lambda ca: (ca / "receipt.key").chmod(0o644), "files"),
    (lambda ca: (ca / "ca" / "keys").chmod(0o755), "files"),
    (lambda ca: (ca / "receipt.key").unlink(), "files"),
    (lambda ca: os.truncate(ca / "db" / "xica.db", 8192), "database"),
    (lambda ca: (ca / "db" / "xica.db").write_bytes(b"nothing" * 1000), "database"),
    (lambda ca: (ca / "audit.log").write_bytes(b"".join((ca / "audit.log").read_bytes().splitlines(keepends=True)[:1])), "audit-log"),
    (lambda ca: (ca / "audit.log").write_bytes((ca / "audit.log").read_bytes().replace(b'"digest":"', b'"digest":"0', 99)), "audit-log"),
    (lambda ca: shutil.rmtree(ca / "ca" / "certificates"), "ca"),
    (lambda ca: next(path for path in ca.rglob("*.pem") if "BEGIN CERTIFICATE" in path.read_text() and path.parent.name not in ("ca", "certificates")
                     and path.name != "root.pem").write_text("nothing"), "site-tls")],
    ids=["key readable", "keys readable", "key gone", "database cut", "no database", "log cut", "log changed", "no certificates", "site's certificate"])
def test_each_thing_that_is_wrong_is_named_with_what_to_do(stopped, spoil, check):
    spoil(stopped)
    failed = _failed(stopped, "--offline")
    assert check in failed and (failed[check].get("advice") or check == "site-tls")


def test_a_configuration_that_can_not_be_read_is_the_first_thing_said(workdir):
    (workdir / "xicad.conf").write_text("bogus = 1\n")
    done = run([BUILD / "xica", "doctor", "-c", workdir / "xicad.conf"], check=False)
    assert done.returncode == 1 and "configuration" in done.stdout and "bogus" in done.stdout
    assert run([BUILD / "xica", "doctor", "surplus"], check=False).returncode == 2
