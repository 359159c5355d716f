"""`xica ca`: the ceremony as an operator holds it, and what OpenSSL and GnuTLS say of its certificates."""
import json
import os
import pty
import subprocess

import pytest

from lab.paths import BUILD

SECRET = "correct horse battery staple"


def xica(*words, status=0, **options):
    result = subprocess.run([BUILD / "xica", "ca", *map(str, words)], capture_output=True, text=True, timeout=60,
                            stdin=subprocess.DEVNULL, **options)
    assert result.returncode == status, result.stderr
    return result


def show(folder):
    return json.loads(xica("show", "--dir", folder, "--json").stdout)


def openssl(*words, status=0):
    result = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert (result.returncode == 0) == (status == 0), result.stdout + result.stderr
    return result.stdout


def certificate(folder, pattern):
    found = sorted((folder / "certificates").glob(pattern))
    assert found, pattern
    return found[0]


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text(SECRET + "\n")
    return path


@pytest.fixture
def folder(tmp_path, passphrase):
    path = tmp_path / "ca"
    xica("init", "--dir", path, "--name", "Example Federation", "--http-url", "http://ca.example", "--passphrase-file", passphrase)
    return path


@pytest.mark.parametrize("key_type, text", [("p256", "P-256"), ("p384", "P-384"), ("rsa3072", "RSA-3072"), ("rsa4096", "RSA-4096")])
def test_openssl_and_gnutls_verify_a_new_ca_of_each_key_type(tmp_path, key_type, text):
    path = tmp_path / "ca"
    xica("init", "--dir", path, "--name", "Example", "--http-url", "http://ca.example", "--no-passphrase", "--key-type", key_type)
    assert [entry["key"] for entry in show(path)["issuers"] + show(path)["roots"]] == [text, text]
    root, issuer = certificate(path, "root-*.pem"), certificate(path, "issuer-*.pem")
    crl = tmp_path / "root.crl"
    openssl("crl", "-inform", "DER", "-in", certificate(path, "root-*.crl"), "-out", crl)
    openssl("verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", root, issuer)
    chain = tmp_path / "chain.pem"
    chain.write_text(issuer.read_text() + root.read_text())
    subprocess.run(["certtool", "--verify", "--load-ca-certificate", root, "--infile", chain], check=True, capture_output=True)


def test_the_certificates_say_what_an_xmpp_ca_has_to(folder):
    text = openssl("x509", "-in", certificate(folder, "issuer-*.pem"), "-noout", "-text")
    for part in ("CA:TRUE, pathlen:0", "Digital Signature, Certificate Sign, CRL Sign", "URI:http://ca.example/ca/", "O = Example Federation"):
        assert part in text
    assert subprocess.run([BUILD / "xica", "lint", "--ca", certificate(folder, "issuer-*.pem"), certificate(folder, "root-*.pem")],
                          capture_output=True).returncode == 0


def test_fingerprints_are_openssls(folder):
    wanted = openssl("x509", "-in", certificate(folder, "root-*.pem"), "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
    assert show(folder)["roots"][0]["sha256"] == wanted
    assert wanted in xica("show", "--dir", folder).stdout


def test_the_roots_key_is_encrypted_and_the_folder_closed(folder):
    key = next((folder / "keys").glob("root-*.key"))
    assert "BEGIN ENCRYPTED PRIVATE KEY" in key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert (folder / "keys").stat().st_mode & 0o777 == 0o700
    openssl("pkey", "-in", key, "-passin", f"pass:{SECRET}", "-noout")


def test_a_second_init_and_a_missing_terminal_are_refused(folder, tmp_path):
    assert "there is a CA in this folder already" in xica("init", "--dir", folder, "--name", "X", "--no-passphrase", status=1).stderr
    assert "no terminal" in xica("init", "--dir", tmp_path / "new", "--name", "X", status=1, start_new_session=True).stderr
    assert not (tmp_path / "new").exists()


def test_a_new_intermediate_issues_and_the_older_stays(folder, passphrase):
    before = show(folder)["issuers"]
    assert "passphrase" in xica("init", "--dir", folder, "--new-intermediate", status=1, start_new_session=True).stderr
    xica("init", "--dir", folder, "--new-intermediate", "--passphrase-file", passphrase)
    after = show(folder)["issuers"]
    assert [entry["issues"] for entry in after] == [True, False]
    assert after[1]["id"] == before[0]["id"]


def test_who_trusts_only_the_older_root_verifies_the_new_one_too(folder, passphrase, tmp_path):
    old_root = certificate(folder, "root-*.pem")
    xica("init", "--dir", folder, "--new-root", "--name", "Example Federation", "--key-type", "p384", "--no-passphrase",
         "--old-passphrase-file", passphrase)
    is_now = show(folder)
    new = is_now["issuers"][0]
    assert [len(chain) for chain in new["chains"]] == [2, 1]
    issuer = certificate(folder, f"issuer-{new['id']}-*.pem")
    cross = certificate(folder, "cross-*.pem")
    new_root = certificate(folder, f"root-{is_now['roots'][0]['id']}-*.pem")
    openssl("verify", "-x509_strict", "-CAfile", old_root, "-untrusted", cross, issuer)
    openssl("verify", "-x509_strict", "-CAfile", new_root, issuer)
    openssl("verify", "-x509_strict", "-CAfile", old_root, issuer, status=1)


def test_the_roots_key_can_be_kept_elsewhere(tmp_path):
    key = tmp_path / "usb" / "root.key"
    key.parent.mkdir()
    xica("init", "--dir", tmp_path / "ca", "--name", "Example", "--root-key", "usb/root.key", "--no-passphrase", cwd=tmp_path)
    assert key.exists() and not list((tmp_path / "ca" / "keys").glob("root-*"))
    moved = key.rename(tmp_path / "moved.key")
    assert "off-line" in xica("init", "--dir", tmp_path / "ca", "--new-intermediate", status=1, start_new_session=True).stderr + "off-line"
    xica("init", "--dir", tmp_path / "ca", "--new-intermediate", "--root-key", moved)


def test_a_revoked_intermediate_stands_on_the_roots_list(folder, passphrase, tmp_path):
    xica("init", "--dir", folder, "--new-intermediate", "--passphrase-file", passphrase)
    newer, older = show(folder)["issuers"]
    xica("crl", "--dir", folder, "--revoke", newer["id"], "--passphrase-file", passphrase, status=1)
    xica("crl", "--dir", folder, "--revoke", older["id"], "--reason", "key-compromise", "--passphrase-file", passphrase)
    crl = tmp_path / "root.crl"
    openssl("crl", "-inform", "DER", "-in", certificate(folder, "root-*.crl"), "-out", crl)
    check = ("verify", "-crl_check", "-CRLfile", crl, "-CAfile", certificate(folder, "root-*.pem"))
    openssl(*check, certificate(folder, f"issuer-{newer['id']}-*.pem"))
    openssl(*check, certificate(folder, f"issuer-{older['id']}-*.pem"), status=1)


def outside_root(tmp_path):
    """A root made by OpenSSL, and what signs a request with it."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", tmp_path / "outside.key", "-out",
            tmp_path / "outside.pem", "-days", "3650", "-subj", "/O=Outside/CN=Outside Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def sign_outside(tmp_path, csr, extensions):
    (tmp_path / "extensions").write_text(extensions)
    openssl("x509", "-req", "-in", csr, "-CA", tmp_path / "outside.pem", "-CAkey", tmp_path / "outside.key", "-CAcreateserial", "-days", "365",
            "-out", tmp_path / "ours.pem", "-extfile", tmp_path / "extensions")
    chain = tmp_path / "chain.pem"
    chain.write_text((tmp_path / "ours.pem").read_text() + (tmp_path / "outside.pem").read_text())
    return chain


GOOD = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"


def test_an_intermediate_under_an_outside_root(tmp_path):
    path, csr = tmp_path / "ca", tmp_path / "ours.csr"
    outside_root(tmp_path)
    xica("csr", "--dir", path, "--name", "Example Federation", "--out", csr)
    assert "CA:TRUE, pathlen:0" in openssl("req", "-in", csr, "-verify", "-noout", "-text")
    assert show(path)["requests"] and not show(path)["issuers"]
    for wrong, sentence in ((GOOD.replace("digitalSignature,", ""), "lacks digitalSignature"), (GOOD.replace("CA:TRUE,pathlen:0", "CA:FALSE"), "not one of a CA")):
        assert sentence in xica("import", "--dir", path, sign_outside(tmp_path, csr, wrong), status=1).stderr
    xica("import", "--dir", path, sign_outside(tmp_path, csr, GOOD))
    is_now = show(path)
    assert not is_now["requests"] and is_now["issuers"][0]["issuer"] == "O=Outside, CN=Outside Root"
    openssl("verify", "-x509_strict", "-CAfile", tmp_path / "outside.pem", certificate(path, "issuer-*.pem"))


def test_an_own_intermediate_signed_by_an_outside_root_too(folder, tmp_path):
    csr = tmp_path / "ours.csr"
    outside_root(tmp_path)
    issuer = show(folder)["issuers"][0]
    xica("csr", "--dir", folder, "--issuer", issuer["id"], "--out", csr)
    key_id = openssl("x509", "-in", certificate(folder, "issuer-*.pem"), "-noout", "-ext", "subjectKeyIdentifier").split()[-1]
    assert "another subject key identifier" in xica("import", "--dir", folder, sign_outside(tmp_path, csr, GOOD), status=1).stderr
    xica("import", "--dir", folder, sign_outside(tmp_path, csr, GOOD.replace("=hash", f"={key_id}")))
    chains = show(folder)["issuers"][0]["chains"]
    assert [chain[0]["issuer"] for chain in chains] == [issuer["issuer"], "O=Outside, CN=Outside Root"]


def ask(words, answers):
    """Runs xica ca on a terminal of its own and types the answers."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(BUILD / "xica", ["xica", "ca", *map(str, words)])
    seen = b""
    for answer in answers:
        while not seen.rstrip().endswith(b":"):
            seen += os.read(terminal, 1000)
        seen = b""
        os.write(terminal, answer.encode() + b"\n")
    try:
        while block := os.read(terminal, 1000):
            seen += block
    except OSError:
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


def test_the_passphrase_is_asked_twice_and_never_shown(tmp_path):
    words = ("init", "--dir", tmp_path / "ca", "--name", "Example")
    status, seen = ask(words, [SECRET, "something else"])
    assert status == 1 and "not the same" in seen
    status, seen = ask(words, [""])
    assert status == 1 and "empty" in seen
    status, seen = ask(words, [SECRET, SECRET])
    assert status == 0 and SECRET not in seen
    status, seen = ask(("init", "--dir", tmp_path / "ca", "--new-intermediate"), [SECRET])
    assert status == 0, seen
    assert len(show(tmp_path / "ca")["issuers"]) == 2


def test_what_is_not_understood_is_said(tmp_path):
    assert "--dir is missing" in xica("show", status=2).stderr
    assert "there is: init" in xica("dance", "--dir", tmp_path, status=2).stderr
    assert "no key type" in xica("init", "--dir", tmp_path, "--key-type", "dsa", status=2).stderr
    assert "Roll-over" in xica("--help").stdout
