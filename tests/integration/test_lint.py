"""`xica lint` on the certificates of tests/vectors/lint, as somebody at a terminal or in a script runs it."""
import json
import subprocess

import pytest

from lab.paths import BUILD, ROOT

FOLDER = ROOT / "tests" / "vectors" / "lint"
ROWS = [line.split("\t") for line in (FOLDER / "manifest.tsv").read_text().splitlines() if not line.startswith("#")]


def xica(*words, stdin=None):
    return subprocess.run([BUILD / "xica", *words], input=stdin, capture_output=True, timeout=30)


def judged_as(kind):
    return {"server": [], "ca": ["--ca"]}.get(kind, ["--profile", kind])


@pytest.fixture(scope="module")
def severity():
    rules = json.loads(xica("lint", "--rules", "--json").stdout)
    return {rule["rule"]: rule["severity"] for rule in rules}


@pytest.mark.parametrize("file, kind, rules, section", ROWS, ids=[row[0] for row in ROWS])
def test_lint_names_rule_and_section_of_each_certificate(file, kind, rules, section, severity):
    result = xica("lint", *judged_as(kind), FOLDER / file)
    text = result.stdout.decode()
    if rules == "-":
        assert (text, result.returncode) == (f"{FOLDER / file}: ok\n", 0)
        return
    lines = text.splitlines()
    assert len(lines) == len(rules.split(","))
    for rule in rules.split(","):
        assert any(line.startswith(f"{FOLDER / file}: {severity[rule]} {rule}: ") for line in lines), text
    assert section in text
    assert result.returncode == (1 if "error" in {severity[rule] for rule in rules.split(",")} else 0)


def test_at_least_25_broken_certificates_are_refused(severity):
    refused = [file for file, kind, rules, _ in ROWS if xica("lint", *judged_as(kind), FOLDER / file).returncode == 1]
    assert len(refused) >= 25


def test_json_has_what_the_text_has():
    result = xica("lint", "--json", FOLDER / "srv-protocol.pem", FOLDER / "good-server.pem")
    broken, good = json.loads(result.stdout)
    assert result.returncode == 1
    assert good["findings"] == [] and good["file"].endswith("good-server.pem")
    assert broken["findings"] == [{
        "rule": "san-srv-protocol", "severity": "error", "text": "an SRVName has a protocol label", "section": "RFC 4985 §2",
        "detail": "_xmpp-server._tcp.example.org"}]


def test_a_chain_is_judged_certificate_by_certificate():
    chain = b"".join((FOLDER / name).read_bytes() for name in ("good-server.pem", "good-intermediate.pem", "ca-no-signature.pem"))
    result = xica("lint", "-", stdin=chain)
    assert result.stdout.decode().splitlines()[:2] == ["- (1): ok", "- (2): ok"]
    assert "- (3): error ca-signature: " in result.stdout.decode()
    assert result.returncode == 1


def test_der_is_read_too(workdir):
    pem = (FOLDER / "good-server.pem").read_text()
    der = subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem.encode(), capture_output=True, check=True).stdout
    (workdir / "good.der").write_bytes(der)
    assert xica("lint", workdir / "good.der").stdout.decode() == f"{workdir / 'good.der'}: ok\n"


@pytest.mark.parametrize("content", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"])
def test_a_file_without_a_certificate_is_an_error(workdir, content):
    (workdir / "file").write_bytes(content)
    result = xica("lint", workdir / "file")
    assert result.returncode == 1
    assert result.stdout == b"" and str(workdir / "file").encode() in result.stderr


def test_a_missing_file_is_an_error_and_the_others_are_judged(workdir):
    result = xica("lint", workdir / "missing", FOLDER / "good-server.pem")
    assert result.returncode == 1
    assert b"No such file" in result.stderr and result.stdout.endswith(b": ok\n")


@pytest.mark.parametrize("words", [[], ["nothing"], ["--nothing"], ["lint"], ["lint", "--nothing", "x"], ["lint", "--profile"],
                                   ["lint", "--profile", "nothing", "x"], ["lint", "--ca", "--profile", "xmpp-server", "x"]])
def test_what_is_not_understood_is_said_and_has_exit_code_2(words):
    result = xica(*words)
    assert result.returncode == 2
    assert result.stdout == b"" and result.stderr.startswith(b"xica")


def test_help_and_version():
    assert b"lint" in xica("--help").stdout
    assert xica("--version").stdout.startswith(b"xica ")
    assert b"--profile" in xica("lint", "--help").stdout
