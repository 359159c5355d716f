"""The ceremony and its later acts, with a running CA: a new intermediate, a new root, an outside root."""
import json
import os

import pytest

from lab import certs
from lab.acme_raw import Acme
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


@pytest.fixture
def ca(workdir):
    """A CA of the test's own, not yet started. Its every root is appended to roots.pem."""
    made = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    made.all_roots = workdir / "roots.pem"
    yield made
    made.stop()


def _xica_ca(ca, *words):
    return run([BUILD / "xica", "ca", *words, "--dir", ca.directory / "ca"])


def _issue(ca, name):
    """Starts the CA, issues, leaves it running; returns (account, certs.Issued)."""
    ca.start()
    if ca.root_pem.exists():
        with open(ca.all_roots, "a") as roots:
            roots.write(ca.root_pem.read_text())
    with Http01(ca.http01_port) as http01:
        account = Acme(ca.directory_url, ca.all_roots).new_account()
        return account, account.issue([name], http01)


def _alternates(account, issued):
    """The chains that the download's links of relation "alternate" lead to."""
    links = [link for link in issued.links if 'rel="alternate"' in link.replace("rel=alternate", 'rel="alternate"')]
    return [certs.Issued(account.read(link[link.index("<") + 1:link.index(">")]).text) for link in links]


def test_one_chain_has_no_alternates(ca):
    account, issued = _issue(ca, "one.example.org")
    assert _alternates(account, issued) == []


def test_a_new_intermediate_issues_and_the_older_still_answers_for_status(ca, workdir):
    account, old = _issue(ca, "old.example.org")
    ca.stop()
    _xica_ca(ca, "init", "--new-intermediate")
    _, new = _issue(ca, "new.example.org")
    assert new.chain[1].subject != old.chain[1].subject or new.chain[1].public_key() != old.chain[1].public_key()
    for issued in (old, new):
        assert certs.openssl_verify(issued, ca.root_pem, workdir, ["-x509_strict"]).returncode == 0
    answer = account.post(account.acme.directory["revokeCert"], {"certificate": certs.to_der64(old.leaf)})
    assert answer.status_code == 200, answer.text
    wait_until(lambda: certs.is_revoked(old.leaf), 60, "the older intermediate's CRL names it", 0.5)
    assert not certs.is_revoked(new.leaf)


def test_a_new_root_is_signed_by_the_older_and_clients_are_offered_both_ways(ca, workdir):
    _issue(ca, "old.example.org")
    ca.stop()
    old_root = workdir / "old-root.pem"
    old_root.write_text(ca.root_pem.read_text())
    _xica_ca(ca, "init", "--new-root", "--no-passphrase")
    account, issued = _issue(ca, "new.example.org")
    chains = [issued, *_alternates(account, issued)]
    assert len(chains) >= 2 and all(chain.leaf == issued.leaf for chain in chains)
    new_root = workdir / "new-root.pem"
    new_root.write_text(certs.to_pem(certs.load_chain(ca.root_pem.read_text())[0]))
    for root in (old_root, new_root):
        assert any(certs.openssl_verify(chain, root, workdir, ["-x509_strict"]).returncode == 0 for chain in chains), root


def test_an_intermediate_under_an_outside_root_issues(ca, workdir):
    key, root, request = workdir / "outside.key", workdir / "outside.pem", workdir / "request.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run(["openssl", "req", "-x509", *curve, "-keyout", key, "-out", root, "-subj", "/O=Elsewhere/CN=Outside Root", "-days", "3650",
         "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    ca.directory.mkdir()
    _xica_ca(ca, "csr", "--name", "Laboratory", "--http-url", f"http://localhost:{ca.http_port}", "--out", request)
    rules = workdir / "rules"
    rules.write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\n"
                     "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    run(["openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", key, "-out", workdir / "signed.pem", "-days", "1000", "-extfile", rules])
    chain = workdir / "chain.pem"
    chain.write_text((workdir / "signed.pem").read_text() + root.read_text())
    _xica_ca(ca, "import", chain)
    ca.all_roots.write_text(root.read_text())
    _, issued = _issue(ca, "outside.example.org")
    assert not ca.root_pem.exists(), "an outside root is not ours to hand out"
    assert certs.openssl_verify(issued, root, workdir, ["-x509_strict"]).returncode == 0


# --- what the audit log says of it

def _log(ca, kind):
    return [line for line in map(json.loads, (ca.directory / "audit.log").read_bytes().splitlines()) if line["kind"] == kind]


def test_what_was_done_to_the_folder_stands_in_the_log_where_xicad_runs_and_shows_at_the_next_start_where_not(ca):
    ca.start()
    first = _log(ca, "start")[-1]
    assert [issuer["id"] for issuer in first["issuers"]] == [first["issuer"]] and len(first["roots"]) == 1
    ca.cli("ca", "rollover", "--begin")
    noted = wait_until(lambda: [line for line in _log(ca, "operator") if line["command"] == "ca-changed"], 10, "it is noted", 0.1)
    assert noted[0]["arguments"] == {"act": "new-intermediate"} and noted[0]["by"] == f"uid {os.getuid()} (control socket)"
    ca.stop()
    _xica_ca(ca, "crl", "--revoke", first["issuer"], "--reason", "superseded")
    ca.start()
    second = _log(ca, "start")[-1]
    assert len(second["issuers"]) == 2 and second["issuers"][1] == first["issuers"][0] and second["issuer"] == second["issuers"][0]["id"]
    assert second["roots"][0]["sha256"] == first["roots"][0]["sha256"] and second["roots"][0]["crl_sha256"] != first["roots"][0].get("crl_sha256")
    assert len([line for line in _log(ca, "operator") if line["command"] == "ca-changed"]) == 1
    assert run([BUILD / "xica", "audit", "certificates", "--dev", ca.directory]).returncode == 0
