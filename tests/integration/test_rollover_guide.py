"""`xica ca rollover`: from one intermediate to the next by its hand, with a CA that issues and answers for status all the time."""
import json
import os
import pty
import signal
import sqlite3
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID
import requests

from lab import certs
from lab.acme_raw import Acme
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


def _guide(ca, *words, code=0):
    """`xica ca rollover WORDS --json`, with xicad asked; its steps by name."""
    done = subprocess.run([BUILD / "xica", "ca", "rollover", *words, "--json", "--dev", ca.directory], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return {step["step"]: step for step in json.loads(done.stdout)["steps"]} if code == 0 else done.stderr


def _show(ca):
    return json.loads(run([BUILD / "xica", "ca", "show", "--dir", ca.directory / "ca", "--json"]).stdout)


def _reload(ca):
    start = ca.log.stat().st_size
    ca.daemon.process.send_signal(signal.SIGHUP)
    ca.daemon.wait_for(r"msg=\"?reloaded", 20, start=start)


def _ocsp(issued):
    access = issued.leaf.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    url = next(entry.access_location.value for entry in access if entry.access_method == AuthorityInformationAccessOID.OCSP)
    der = ocsp.OCSPRequestBuilder().add_certificate(issued.leaf, issued.chain[1], hashes.SHA256()).build().public_bytes(serialization.Encoding.DER)
    answer = ocsp.load_der_ocsp_response(requests.post(url, data=der, headers={"Content-Type": "application/ocsp-request"}, timeout=20).content)
    return answer.certificate_status if answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL else answer.response_status


class Issuing:
    """Somebody who gets one certificate after the other, until told to stop."""

    def __init__(self, ca, http01):
        self._account = Acme(ca.directory_url, ca.root_pem).new_account()
        self._http01 = http01
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self.issued, self.trouble = [], []

    def _go(self):
        while not self._end.is_set():
            try:
                self.issued.append(self._account.issue(["all.the.time.example.org"], self._http01))
            except Exception as trouble:  # pylint: disable=broad-except  (whatever it is, it is a gap)
                if "is being restarted; try again" not in str(trouble):  # 503 with Retry-After: this client just doesn't try again
                    self.trouble.append(trouble)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(30)


@pytest.fixture
def ca(workdir):
    made = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    yield made
    made.stop()


def test_the_guide_leads_from_one_intermediate_to_the_next_without_a_gap(ca, workdir):
    with ca.start(), Http01(ca.http01_port) as http01, Issuing(ca, http01) as issuing:
        wait_until(lambda: issuing.issued, 20, "a certificate of the older intermediate", 0.1)
        (older,) = _show(ca)["issuers"]
        assert older["state"] == "issues"
        steps = _guide(ca)
        assert list(steps) == ["begin"] and steps["begin"]["state"] == "later"

        steps = _guide(ca, "--begin")
        newer, _ = _show(ca)["issuers"]
        assert [issuer["state"] for issuer in _show(ca)["issuers"]] == ["issues", "status only"]
        assert steps["reload"]["state"] == "due" and steps["reload"]["id"] == newer["id"]
        assert steps["retire"]["state"] == "later" and "from" not in steps["retire"], "it still issues"

        _reload(ca)
        by_new = wait_until(lambda: [issued for issued in list(issuing.issued) if newer["id"] in certs.crl_urls(issued.leaf)[0]], 20, "the newer one issues", 0.1)[0]
        steps = _guide(ca)
        assert "reload" not in steps and steps["retire"]["state"] == "later"
        last = max(issued.leaf.not_valid_after for issued in issuing.issued if older["id"] in certs.crl_urls(issued.leaf)[0])
        until = datetime.fromisoformat(steps["retire"]["from"].replace("Z", "+00:00"))
        assert last.replace(tzinfo=timezone.utc) <= until - timedelta(days=1) <= datetime.now(timezone.utc) + timedelta(days=92)

        by_old = next(issued for issued in issuing.issued if older["id"] in certs.crl_urls(issued.leaf)[0])
        for issued in (by_old, by_new):
            assert certs.openssl_verify(issued, ca.root_pem, workdir, ["-x509_strict"]).returncode == 0
            wait_until(lambda: requests.get(certs.crl_urls(issued.leaf)[0], timeout=5).status_code == 200, 5, "its list is out")  # pylint: disable=cell-var-from-loop
            assert _ocsp(issued) == ocsp.OCSPCertStatus.GOOD and not certs.is_revoked(issued.leaf)
        ca.cli("cert", "revoke", "--serial", f"{by_old.leaf.serial_number:x}")
        wait_until(lambda: _ocsp(by_old) == ocsp.OCSPCertStatus.REVOKED and certs.is_revoked(by_old.leaf), 10, "the older one's status goes on", 0.2)
        assert "can be retired from" in _guide(ca, "--retire", older["id"], code=1)
        assert "it issues" in _guide(ca, "--retire", newer["id"], code=1)
        assert [issuer["id"] for issuer in _show(ca)["issuers"]] == [newer["id"], older["id"]]
    assert issuing.trouble == [] and len(issuing.issued) > 5


def test_one_whose_last_certificate_has_ended_is_retired_and_its_key_destroyed(ca):
    with ca.start():
        (older,) = _show(ca)["issuers"]
        _guide(ca, "--begin")
    database = sqlite3.connect(ca.directory / "db" / "xica.db")
    assert database.execute("UPDATE issuer_end SET not_after = unixepoch() - 3 * 86400 WHERE issuer = ?", (older["id"],)).rowcount == 1
    database.commit()
    database.close()
    with ca.start(), Http01(ca.http01_port) as http01:
        assert _guide(ca)["retire"]["state"] == "due"
        assert "retire" not in _guide(ca, "--retire", older["id"])
        assert older["id"] not in [issuer["id"] for issuer in _show(ca)["issuers"]]
        assert not (ca.directory / "ca" / "keys" / f"issuer-{older['id']}.key").exists()
        _reload(ca)
        assert Acme(ca.directory_url, ca.root_pem).new_account().issue(["after.example.org"], http01).leaf


def test_without_asking_xicad_nothing_is_retired_before_its_own_end(ca):
    with ca.start():
        (older,) = _show(ca)["issuers"]
        _guide(ca, "--begin")
    words = [BUILD / "xica", "ca", "rollover", "--dir", ca.directory / "ca"]
    done = run([*words, "--json"])
    assert {step["step"]: step["state"] for step in json.loads(done.stdout)["steps"]} == {"reload": "unknown", "retire": "unknown", "begin": "later"}
    refused = run([*words, "--retire", older["id"]], check=False)
    assert refused.returncode == 1 and "asks xicad" in refused.stdout


def _outside_root(workdir):
    key, root = workdir / "outside.key", workdir / "outside.pem"
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", root,
         "-subj", "/O=Elsewhere/CN=Outside Root", "-days", "3650", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    return key, root


def _signed_outside(workdir, request, key_id="hash"):
    key, root = workdir / "outside.key", workdir / "outside.pem"
    rules, signed, chain = workdir / "rules", workdir / "signed.pem", workdir / "chain.pem"
    rules.write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\n"
                     f"subjectKeyIdentifier={key_id}\nauthorityKeyIdentifier=keyid\n")
    run(["openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", key, "-CAcreateserial", "-out", signed, "-days", "1000", "-extfile", rules])
    chain.write_text(signed.read_text() + root.read_text())
    return chain


def test_the_next_one_may_be_asked_for_at_an_outside_root(ca, workdir):
    with ca.start():
        _outside_root(workdir)
        request = workdir / "request.pem"
        run([BUILD / "xica", "ca", "rollover", "--begin", "--outside", "--out", request, "--dev", ca.directory])
        steps = _guide(ca)
        assert list(steps) == ["import"] and steps["import"]["state"] == "due"
        steps = _guide(ca, "--import", _signed_outside(workdir, request))
        newer, older = _show(ca)["issuers"]
        assert newer["issuer"] == "O=Elsewhere, CN=Outside Root"
        assert steps["reload"]["id"] == newer["id"] and older["issuer"].startswith("O=xica Development") and "Root" in steps["alternate"]["say"]


def test_a_root_that_the_older_one_leads_to_and_the_newer_not_is_named(ca, workdir):
    with ca.start():
        _outside_root(workdir)
        (issuer,) = _show(ca)["issuers"]
        request = workdir / "request.pem"
        run([BUILD / "xica", "ca", "csr", "--dir", ca.directory / "ca", "--issuer", issuer["id"], "--out", request])
        key_id = certs.load_chain(next((ca.directory / "ca" / "certificates").glob("issuer-*.pem")).read_text())[0].extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier).value.digest.hex(":").upper()
        steps = _guide(ca, "--import", _signed_outside(workdir, request, key_id))
        assert "alternate" not in steps
        steps = _guide(ca, "--begin")
        assert steps["alternate"]["state"] == "due" and "Outside Root" in steps["alternate"]["say"]


def _on_terminal(words, answer):
    """Runs a command on a terminal, answers its first question; returns (exit code, what was seen)."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(words[0], [str(word) for word in words])
    seen, answered = b"", False
    try:
        while block := os.read(terminal, 4096):
            seen += block
            if b"[y/N]" in seen and not answered:
                os.write(terminal, answer.encode() + b"\n")
                answered = True
    except OSError:
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


@pytest.fixture
def aged(workdir):
    """The folder of a CA whose intermediate ends in less than four months."""
    folder, made = workdir / "aged", datetime.now() - timedelta(days=3650 - 100)
    run(["faketime", made.strftime("%Y-%m-%d %H:%M:%S"), BUILD / "xica", "ca", "init", "--dir", folder, "--name", "Aged", "--http-url", "http://ca.example", "--no-passphrase"])
    return folder


def test_on_a_terminal_the_guide_offers_what_is_due(aged):
    words = [BUILD / "xica", "ca", "rollover", "--dir", aged]
    code, seen = _on_terminal(words, "n")
    assert code == 0 and "Make the next intermediate now" in seen and "ok" not in seen
    code, seen = _on_terminal(words, "y")
    assert code == 0 and "chain verifies up to the root" in seen and "off-line" in seen
    shown = json.loads(run([BUILD / "xica", "ca", "show", "--dir", aged, "--json"]).stdout)
    assert [issuer["state"] for issuer in shown["issuers"]] == ["issues", "status only"]
    assert json.loads(run([*words, "--json"]).stdout)["steps"][-1]["state"] == "later"


def test_one_that_has_ended_itself_is_retired_without_asking_anybody(workdir):
    folder, made = workdir / "ended", datetime.now() - timedelta(days=3650 + 30)
    run(["faketime", made.strftime("%Y-%m-%d %H:%M:%S"), BUILD / "xica", "ca", "init", "--dir", folder, "--name", "Ended", "--http-url", "http://ca.example", "--no-passphrase"])
    words = [BUILD / "xica", "ca", "rollover", "--dir", folder]
    run([*words, "--begin"])
    shown = json.loads(run([BUILD / "xica", "ca", "show", "--dir", folder, "--json"]).stdout)
    assert [issuer["state"] for issuer in shown["issuers"]] == ["issues", "expired"]
    code, seen = _on_terminal(words, "y")
    assert code == 0 and "retired, and its key destroyed" in seen
    assert len(list((folder / "keys").glob("issuer-*.key"))) == 1


@pytest.mark.parametrize("words, says", [(["--begin", "--retire", "x"], "one thing at a time"), (["--outside"], "goes with --begin"), (["now"], "what is 'now'")])
def test_what_is_not_understood_is_told(workdir, words, says):
    done = run([BUILD / "xica", "ca", "rollover", "--dir", workdir, *words], check=False)
    assert done.returncode == 2 and says in done.stdout
