"""`xica backup` of a running CA and `xica restore`: what is put back is right by `xica audit certificates`, and no certificate since the backup is lost."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading

import pytest

from lab import certs
from lab.acme_raw import Acme, problem
from lab.csr import make_csr
from lab.jws import Key, flattened
from lab.paths import BUILD
from lab.ports import held
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


def _serial(leaf):
    text = f"{leaf.serial_number:x}"
    return text.rjust(len(text) + len(text) % 2, "0")


def _xica(*words, check=True):
    return run([BUILD / "xica", *words], check=check, timeout=60)


def _right(directory):
    answer = json.loads(_xica("audit", "certificates", "--json", "--dev", directory, check=False).stdout)
    assert answer["right"], answer["findings"]
    return answer


def _noted(ca):
    wait_until(lambda: json.loads(ca.cli("health", "--json").stdout)["waiting"]["notes"] == 0, 30, "all notes stand in the log", 0.1)


def _change_key(account):
    new, url = Key(), account.acme.directory["keyChange"]
    inner = flattened(new, {"alg": new.algorithm, "jwk": new.jwk(), "url": url}, {"account": account.url, "oldKey": account.key.jwk()})
    assert account.post(url, inner).status_code == 200
    account.key = new


class Story:
    """A CA with a backup in the middle of its life, and what happened after it."""

    def __init__(self, output, nameserver):
        self.home = output / "backup"
        self.home.mkdir()
        self.ca = Xicad(self.home / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor)
        with self.ca, Http01(self.ca.http01_port) as http01:
            self.acme = Acme(self.ca.directory_url, self.ca.root_pem)
            self.old = self.acme.new_account()
            self.before = [self.old.issue([f"b{n}.xmpp.example"], http01).leaf for n in range(2)]
            self.pending = self.old.order(["later.xmpp.example"]).prove_all(http01)
            self.idle = self.acme.new_account()
            self._back_up(http01)
            _change_key(self.old)
            self.after = [self.pending.certificate(make_csr(["later.xmpp.example"])).leaf]
            self.lost = self.acme.new_account()
            self.new = self.acme.new_account()
            self.after += [self.new.issue([f"a{n}.xmpp.example"], http01).leaf for n in range(2)]
            revocation = {"certificate": certs.to_der64(self.before[0]), "reason": 4}
            assert self.new.acme and self.old.post(self.acme.directory["revokeCert"], revocation).status_code == 200
            self.ca.cli("cert", "revoke", "--serial", _serial(self.after[1]), "--reason", "superseded")
            _noted(self.ca)
            wait_until(lambda: certs.is_revoked(self.after[1]), 30, "the CRL says so", 0.2)
        self.order = int(self.pending.url.rsplit("/", 1)[1])

    def _back_up(self, http01):
        """While certificates are issued."""
        stop = threading.Event()

        def go_on():
            while not stop.is_set():
                self.before.append(self.acme.new_account().issue(["busy.xmpp.example"], http01).leaf)
        worker = threading.Thread(target=go_on)
        worker.start()
        try:
            self.said = self.ca.cli("backup", self.home).stdout
            self.archive = self.home / "kept.tar"
            self.manifest = json.loads(self.ca.cli("backup", "--with-keys", "--json", self.archive).stdout)
        finally:
            stop.set()
            worker.join()
        self.folder = next(self.home.glob("xica-2*"))


@pytest.fixture(scope="module")
def story(output, nameserver):
    story = Story(output, nameserver)
    with held(story.ca.https_port, story.ca.http_port, story.ca.http01_port):  # its URLs stand in certificates: it is started there again
        yield story


@pytest.fixture
def place(story, workdir):
    """A copy of the CA's folder as it was at the end."""
    shutil.copytree(story.home / "ca", workdir / "ca", ignore=shutil.ignore_patterns("control.sock"))
    return workdir / "ca"


def _serials(directory):
    with sqlite3.connect(directory / "db" / "xica.db") as database:
        return {row[0]: row[1] for row in database.execute("SELECT lower(hex(serial)), status FROM certificate")}


# --- backup

def test_a_backup_is_whole_of_one_moment_and_readable_by_its_owner_alone(story):
    assert "Keys are not in it" in story.said
    names = {str(path.relative_to(story.folder)) for path in story.folder.rglob("*") if path.is_file()}
    assert {"MANIFEST.json", "database.sqlite", "audit.log", "ca/ca.json"} <= names and not any("key" in name for name in names)
    assert not list(story.home.glob("*.partial")) and not list(story.home.glob("*.files*"))
    for path in [story.folder, *story.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    manifest = json.loads((story.folder / "MANIFEST.json").read_text())
    assert {entry["path"] for entry in manifest["files"]} == names - {"MANIFEST.json"}
    assert manifest["audit"]["size"] == (story.folder / "audit.log").stat().st_size
    assert _xica("audit", "verify", story.folder / "audit.log").returncode == 0


def test_with_keys_the_archive_has_them_and_tar_reads_it(story):
    names = run(["tar", "-tf", story.archive]).stdout.split()
    assert any(name.startswith("./ca/keys/issuer-") for name in names) and "./receipt.key" in names
    assert story.archive.stat().st_mode & 0o077 == 0
    assert "ca/ca.json" in {entry["path"] for entry in story.manifest["files"]} and story.manifest["keys"] is True


@pytest.mark.parametrize("words, code, said", [
    ([], 2, "where to?"), (["nowhere"], 1, "is no folder"), (["--replace-log", "."], 2, "unknown option"), (["a", "b"], 2, "where to?")])
def test_what_it_can_not_do_is_told_and_leaves_nothing(story, workdir, words, code, said):
    done = run([BUILD / "xica", "backup", *words, "--dev", story.home / "ca"], check=False, cwd=workdir)
    assert done.returncode == code and said in done.stdout
    assert not list(workdir.iterdir())


def test_a_log_that_is_not_whole_is_not_taken_for_a_backup(place, workdir):
    log = place / "audit.log"
    log.write_bytes(log.read_bytes().replace(b'"kind":"issue"', b'"kind":"issuf"', 1))
    done = _xica("backup", workdir, "--dev", place, check=False)
    assert done.returncode == 1 and "not whole" in done.stdout and not list(workdir.glob("xica-*"))


# --- restore

def test_over_a_running_ca_nothing_is_restored(story, workdir, nameserver):
    with Xicad(workdir / "ca", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor):
        done = _xica("restore", story.folder, "--dev", workdir / "ca", check=False)
        assert done.returncode == 1 and "stop it first" in done.stdout


def test_a_lost_database_comes_back_with_all_that_the_log_tells_of(story, place):
    before = _serials(place)
    for path in (place / "db").iterdir():
        path.unlink()
    done = json.loads(_xica("restore", story.folder, "--json", "--dev", place).stdout)
    assert done["log_kept"] and done["certificates"] >= 3 and done["revocations"] == 2 and done["accounts"] >= 1 and done["keys"] == 1
    line = json.loads((place / "audit.log").read_bytes().splitlines()[-1])
    manifest = json.loads((story.folder / "MANIFEST.json").read_text())
    assert line["kind"] == "restore" and line["by"] == f"uid {os.getuid()} (xica restore)" and line["certificates"] == done["certificates"]
    assert line["backup"] == {"made": manifest["made"], "size": manifest["audit"]["size"], "hash": manifest["audit"]["hash"]}
    assert _serials(place) == {serial: status for serial, status in before.items()}
    _right(place)


def test_the_line_of_a_restore_can_not_be_cut_off_unnoticed(story, place):
    _xica("restore", story.folder, "--dev", place)
    log = place / "audit.log"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    done = _xica("audit", "verify", "--dev", place, check=False)
    assert done.returncode == 1 and "cut off" in done.stdout


def test_a_restored_ca_goes_on_where_it_was(story, place, nameserver):
    (place / "db" / "xica.db").write_bytes(b"broken")
    done = json.loads(_xica("restore", story.archive, "--json", "--dev", place).stdout)
    assert any("before-restore" in path for path in done["aside"])
    assert not list(story.home.glob("kept.tar.*"))
    ca = Xicad(place, dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor)
    for port in ("https_port", "http_port", "http01_port"):  # its URLs stand in certificates and accounts
        setattr(ca, port, getattr(story.ca, port))
    ca.argv = [BUILD / "xicad", "--dev", place, *story.ca.argv[3:]]
    with ca, Http01(ca.http01_port) as http01:
        wait_until(lambda: certs.is_revoked(story.after[1]) and certs.is_revoked(story.before[0]), 30, "both revocations stand on the new CRLs", 0.2)
        assert not certs.is_revoked(story.after[0])
        for account, leaf in ((story.old, story.after[0]), (story.new, story.after[2])):  # accounts and keys from after the backup
            revocation = {"certificate": certs.to_der64(leaf)}
            assert account.post(story.acme.directory["revokeCert"], revocation).status_code == 200
        assert story.idle.read(story.idle.url).status_code == 200, "the backup has accounts without a certificate"
        problem(story.lost.read(story.lost.url), "accountDoesNotExist", 400)
        last = int(max(story.lost, story.new, key=lambda one: int(one.url.rsplit("/", 1)[1])).url.rsplit("/", 1)[1])
        assert int(story.acme.new_account().url.rsplit("/", 1)[1]) > last, "a lost account's URL is nobody else's"
        order = story.new.order(["again.xmpp.example"])
        assert int(order.url.rsplit("/", 1)[1]) > story.order + 1000, "no number is given twice"
        assert story.new.issue(["again.xmpp.example"], http01).leaf
        _noted(ca)
    _right(place)


def test_without_its_log_the_ca_is_as_it_was_at_the_backup(story, place):
    (place / "audit.log").unlink()
    done = json.loads(_xica("restore", story.folder, "--json", "--dev", place).stdout)
    assert not done["log_kept"] and done["revocations"] == 0
    _right(place)
    assert _serial(story.after[0]) not in _serials(place) and _serial(story.before[0]) in _serials(place)


def test_a_log_that_is_another_one_stays_unless_told_otherwise(story, place):
    log = place / "audit.log"
    changed = log.read_bytes().replace(b'"version"', b'"Version"', 1)
    log.write_bytes(changed)
    before = _serials(place)
    done = _xica("restore", story.folder, "--dev", place, check=False)
    assert done.returncode == 1 and "--replace-log" in done.stdout
    assert log.read_bytes() == changed and _serials(place) == before
    done = json.loads(_xica("restore", "--replace-log", story.folder, "--json", "--dev", place).stdout)
    assert any(path.startswith(f"{log}.before-restore-") for path in done["aside"])
    _right(place)


def test_a_machine_that_lost_everything_gets_it_from_an_archive_with_keys(story, workdir):
    place = workdir / "ca"
    place.mkdir()
    _xica("restore", story.archive, "--dev", place)
    assert _right(place)["certificates"] >= 2
    assert (place / "ca" / "keys").stat().st_mode & 0o077 == 0
    assert all(key.stat().st_mode & 0o077 == 0 for key in (place / "ca" / "keys").iterdir())


@pytest.mark.parametrize("spoil", ["database.sqlite", "audit.log", "ca/ca.json", "MANIFEST.json"])
def test_a_backup_that_was_changed_or_cut_off_is_refused_and_nothing_is_touched(story, place, workdir, spoil):
    shutil.copytree(story.folder, workdir / "spoilt")
    path = workdir / "spoilt" / spoil
    whole = path.read_bytes()
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
    for content in (whole[:-20], whole[:100] + b"X" + whole[101:], None):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        done = _xica("restore", workdir / "spoilt", "--dev", place, check=False)
        assert done.returncode == 1 and (spoil in done.stdout or "manifest" in done.stdout.lower())
    assert {file: file.read_bytes() for file in place.rglob("*") if file.is_file()} == before


def test_a_manifest_that_leads_out_of_the_backup_is_refused(story, place, workdir):
    shutil.copytree(story.folder, workdir / "evil")
    manifest = json.loads((workdir / "evil" / "MANIFEST.json").read_text())
    for path in ("../ca/ca.json", "/etc/passwd", "ca/../../x", "ca//x", ""):
        manifest["files"][0]["path"] = path
        (workdir / "evil" / "MANIFEST.json").write_text(json.dumps(manifest))
        done = _xica("restore", workdir / "evil", "--dev", place, check=False)
        assert done.returncode == 1 and "not one of a backup" in done.stdout
    os.unlink(workdir / "evil" / "audit.log")
    os.symlink("/etc/passwd", workdir / "evil" / "audit.log")
    assert _xica("restore", workdir / "evil", "--dev", place, check=False).returncode == 1


def test_a_database_of_a_newer_xica_is_refused_in_clear_words(story, place, workdir):
    shutil.copytree(story.folder, workdir / "newer")
    with sqlite3.connect(workdir / "newer" / "database.sqlite") as database:
        database.execute("PRAGMA user_version = 999")
    manifest = json.loads((workdir / "newer" / "MANIFEST.json").read_text())
    entry = next(one for one in manifest["files"] if one["path"] == "database.sqlite")
    entry["sha256"] = run(["sha256sum", workdir / "newer" / "database.sqlite"]).stdout.split()[0]
    entry["size"] = (workdir / "newer" / "database.sqlite").stat().st_size
    (workdir / "newer" / "MANIFEST.json").write_text(json.dumps(manifest))
    before = _serials(place)
    done = _xica("restore", workdir / "newer", "--dev", place, check=False)
    assert done.returncode == 1 and "written by a newer xica" in done.stdout
    assert _serials(place) == before and not list((place / "db").glob("*restoring*"))


# --- killed

def _killed_later_and_later(words, before, after, most=2.0):
    """Kills the command after 0 ms, then a little later each time, until it ends by itself. How often it was killed."""
    delay, kills = 0.0, 0
    while delay < most:
        before()
        process = subprocess.Popen([str(word) for word in (BUILD / "xica", *words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        after(process.returncode)
        if process.returncode == 0:
            return kills
        delay += max(0.003, delay / 6)
    raise AssertionError(f"{words} did not end within {most} s")


def test_a_backup_that_is_killed_at_any_time_is_none_or_whole_and_the_next_one_clears_up(story, workdir):
    target = workdir / "backups"
    target.mkdir()

    def check(code):
        for made in target.glob("xica-*Z"):
            assert _xica("audit", "verify", made / "audit.log").returncode == 0 and (made / "MANIFEST.json").exists()
        assert code in (0, -signal.SIGKILL)

    def take_away():  # what was killed when all was done but saying so: another one of the same second would have its name
        for made in target.glob("xica-*Z"):
            shutil.rmtree(made)
    assert _killed_later_and_later(["backup", target, "--dev", story.home / "ca"], take_away, check) > 0
    if not any(path.name.endswith("Z") for path in target.iterdir()):
        _xica("backup", target, "--dev", story.home / "ca")
    assert not list(target.glob("*.partial"))


def test_an_archive_that_is_killed_at_any_time_is_none_or_whole_and_the_next_one_clears_up(story, workdir):
    archive = workdir / "kept.tar"

    def check(code):
        assert code in (0, -signal.SIGKILL)
        left = {path.name for path in workdir.iterdir()}
        assert left <= {"kept.tar", "kept.tar.partial", "kept.tar.files"}
        if archive.exists():
            assert "./MANIFEST.json" in run(["tar", "-tf", archive]).stdout.split()
    assert _killed_later_and_later(["backup", "--with-keys", archive, "--dev", story.home / "ca"], lambda: archive.unlink(missing_ok=True), check) > 0
    assert [path.name for path in workdir.iterdir()] == ["kept.tar"]


def test_a_restore_that_is_killed_at_any_time_is_completed_by_the_next(story, place, workdir):
    archive = workdir / "kept.tar"
    shutil.copy(story.archive, archive)
    (place / "db" / "xica.db").write_bytes(b"broken")
    log = (place / "audit.log").read_bytes()

    def check(code):
        assert code in (0, -signal.SIGKILL)
        whole = (place / "db" / "xica.db").exists() and (place / "audit.log").exists()
        assert whole or (place / "restore-under-way").exists()
        assert (place / "audit.log").read_bytes().startswith(log)
    assert _killed_later_and_later(["restore", archive, "--dev", place], lambda: None, check, 5) > 0
    _right(place)
    assert {json.loads(line)["kind"] for line in (place / "audit.log").read_bytes()[len(log):].splitlines()} == {"restore"}
    assert any(path.read_bytes() == b"broken" for path in (place / "db").glob("xica.db.before-restore-*"))
    assert not (place / "restore-under-way").exists() and not list(place.rglob("*.restoring*")) and not list(workdir.glob("kept.tar.*"))


def test_xicad_does_not_start_on_half_a_restore_and_nothing_is_backed_up_from_it(story, place, workdir):
    (place / "restore-under-way").write_text(".before-restore-1")
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
    done = run([BUILD / "xicad", "--dev", place], check=False, timeout=20)
    assert done.returncode != 0 and "Repeat xica restore" in done.stdout
    done = _xica("backup", workdir, "--dev", place, check=False)
    assert done.returncode == 1 and "repeat xica restore" in done.stdout
    assert {file: file.read_bytes() for file in place.rglob("*") if file.is_file()} == before
    assert json.loads(_xica("restore", story.folder, "--json", "--dev", place).stdout)["log_kept"]
    assert not (place / "restore-under-way").exists()
    _right(place)
