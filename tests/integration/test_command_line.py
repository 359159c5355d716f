"""What people type wrongly: each mistake is named in one line, with the way out, and nothing is begun."""
import os
import signal

import pytest

from lab.paths import BUILD
from lab.process import run
from lab.xicad import Xicad


def _refused(program, *words, cwd, code=2):
    done = run([BUILD / program, *words], cwd=cwd, check=False, timeout=20)
    assert done.returncode == code
    return done.stdout


@pytest.mark.parametrize("words, said", [
    ([], "-c FILE"),
    (["--bogus"], "unknown option: --bogus"),
    (["-c"], "a value is missing: -c"),
    (["--dev", ""], "--dev wants"),
    (["--dev", "x", "--dns", "resolver.example"], "--dns wants an address with a port"),
    (["--dev", "x", "--resolve-all", "here"], "--resolve-all wants an IP address"),
    (["--dev", "x", "--dns", "127.0.0.1:53", "--resolve-all", "127.0.0.1"], "exclude one another"),
    (["--dev", "x", "--http-port", "99999"], "65535"),
    (["--dev", "x", "--metrics-port", "0"], "65535"),
    (["-c", "x", "--metrics-port", "9402"], "--dev only"),
    (["-c", "x", "--http-port", "80"], "--dev only"),
    (["--dev", "x", "-t"], "needs -c"),
    (["--dev", "x", "surplus"], "unexpected argument: surplus"),
])
def test_xicad_names_what_is_wrong_with_its_command_line_and_makes_nothing(workdir, words, said):
    message = _refused("xicad", *words, cwd=workdir)
    assert said in message and "Try 'xicad --help'." in message and len(message.splitlines()) == 2
    assert not list(workdir.iterdir())


@pytest.mark.parametrize("words, said", [
    ([], "a command is missing"),
    (["bogus"], "there is no command 'bogus'"),
    (["ca"], "init, csr, import, crl, rollover, show"),
    (["ca", "bogus"], "there is no 'bogus'"),
    (["ca", "init", "--bogus"], "unknown option: '--bogus'"),
    (["ca", "init", "--dir"], "a value is missing: '--dir'"),
    (["ca", "init", "--dir", "x"], "--name is missing"),
    (["ca", "show", "--dir", "x", "--name", "y"], "show takes no --name; it takes --dir, --json, --dev and -c"),
    (["ca", "show", "--dir", "x", "--dev", "y"], "-c and --dev go without it"),
    (["ca", "init", "--dir", "x", "--name", "y", "--no-cross"], "go with --new-root"),
    (["ca", "crl", "--dir", "x", "--reason", "superseded"], "--reason goes with --revoke"),
    (["ca", "rollover", "--dir", "x", "--retire", "y", "--out", "z"], "for the request of --begin --outside"),
    (["ca", "rollover", "--dir", "x", "--retire", "y", "--root-key", "z"], "for the next intermediate: --begin"),
    (["ca", "rollover", "--dir", "x", "--import", "y", "--key-type", "p384"], "for the next intermediate: --begin"),
    (["ca", "rollover", "--dir", "x", "--begin", "--outside", "--passphrase-file", "z"], "needs no root's key"),
    (["ca", "csr", "--dir", "x", "--issuer", "y", "--name", "z"], "go without it"),
    (["ca", "init", "--dir", "x", "--name", "y", "--passphrase-file", "z", "--no-passphrase"], "exclude one another"),
    (["account", "eab", "list", "--bogus"], "unknown option: '--bogus'"),
    (["lint", "--bogus"], "unknown option: '--bogus'"),
    (["lint", "--rules", "x.pem"], "--rules takes nothing but --json"),
    (["doctor", "-c", "x", "--dev", "y"], "-c and --dev exclude one another"),
    (["backup", "z", "-c", "x", "--dev", "y"], "-c and --dev exclude one another"),
    (["restore", "z", "-c", "x", "--dev", "y"], "-c and --dev exclude one another"),
    (["audit", "verify", "-c", "x", "--dev", "y"], "-c and --dev exclude one another"),
    (["ca", "show", "-c", "x", "--dev", "y"], "-c and --dev exclude one another"),
    (["verify", "--bogus"], "unknown option: '--bogus'"),
])
def test_xica_names_what_is_wrong_with_its_command_line_and_makes_nothing(workdir, words, said):
    message = _refused("xica", *words, cwd=workdir)
    assert message.startswith("xica") and said in message and "--help'." in message
    assert not list(workdir.iterdir())


_ASK_XICAD = [("account", "list"), ("block", "list"), ("cert", "list"), ("health",), ("limits", "list"), ("mail", "list"), ("order", "list"), ("person", "list")]


@pytest.mark.parametrize("command", _ASK_XICAD, ids=lambda words: words[0])
def test_commands_that_ask_xicad_understand_their_common_options_alike(workdir, command):
    for words, said in ((["--bogus"], "unknown option: '--bogus'"), (["-x"], "unknown option"), (["--dev"], "a value is missing: '--dev'"), (["-c"], "a value is missing: '-c'"),
                        (["--limit", "0"], "--limit wants a number from 1"), (["--limit", "many"], "--limit wants a number from 1"),
                        (["--limit", "99999999999"], "--limit wants a number from 1"), (["--help", "--bogus"], "unknown option: '--bogus'")):
        message = _refused("xica", *command, *words, cwd=workdir)
        assert said in message and message.endswith(f"Try 'xica {command[0]} --help'.\n"), message
    assert run([BUILD / "xica", *command, "--limit", "5", "--help"], cwd=workdir).stdout.startswith(f"Usage: xica {command[0]}")
    page = ["--after", {"limits": "3 7", "block": "names:a.example"}.get(command[0], "7"), "--limit", "5"] if command != ("health",) else []
    assert "no xicad answers at" in _refused("xica", *command, "--dev", "nowhere", "--json", *page, cwd=workdir, code=1)


@pytest.mark.parametrize("line, said", [
    ("cert list --status lost", "--status 'lost' is none of pending issued abandoned revoked"), ("cert list --status=", "is none of"),
    ("cert list --since yesterday", "--since must be a time"), ("cert list --expires-before 2026", "--expires-before must be a time"),
    ("cert list --name a/b", "--name must be a name"), ("cert list --name=", "--name must be a name"), ("cert list --after xyz", "--after must be a serial number"),
    ("cert list --profile=", "--profile must be something"), ("cert show zz", "SERIAL must be a serial number"), ("cert list --serial 0", "--serial must be a serial number"),
    ("cert revoke --key zz", "--key must be a serial number"), ("cert revoke --name=", "--name must be a name"), ("cert revoke --serial 01 --reason bogus", "--reason must be one of"),
    ("cert renew-now --serial 01 --explanation http://a.example/", "--explanation must be an https URL"), ("cert issue --csr x --name a,b", "--name must be a name"),
    ("account list --status lost", "--status 'lost' is none of"), ("account list --after x", "--after must be a number"), ("account list --until 2026-13-01", "--until must be a time"),
    ("account list --thumbprint abc", "--thumbprint must be"), ("account list --eab=", "--eab must be something"), ("account show x", "'x' is no account's number"),
    ("order list --status revoked", "--status 'revoked' is none of"), ("order list --after x", "--after must be a number"), ("order waiting --after x", "--after must be a number"),
    ("order show x", "'x' is no order's number"), ("mail list --state lost", "--state 'lost' is none of"), ("mail list --after x", "--after must be a number"),
    ("mail retry x", "'x' is no letter's number"), ("person list --after x", "--after must be a number"),
    ("block add --address 300.1.1.1", "--address must be an address, or a network"), ("block add --address 192.0.2.1/24", "without bits beyond"),
    ("block add --name *.a.example", "--name must be a domain name, without *"), ("block remove --name a_b.example", "--name must be a domain name"), ("block add --spki abcd", "64 hexadecimal digits"),
    ("limits set --account 1 --rate bogus", "--rate must be as"), ("limits list --kind lost", "--kind 'lost' is none of"), ("limits list --address 192.0.2.0/24", "--address must be an IPv4"),
    ("limits reset --domain a..example", "--domain must be a domain name"), ("limits list --after x", "--after must be what a list before said"),
    ("limits list --account 1 --domain a.example", "one of --account, --domain and --address"), ("limits reset", "one of --account, --domain and --address"),
    ("limits reset --account 1 --address 192.0.2.1", "one of --account, --domain and --address"),
    ("cert list --limit 1000000001", "--limit wants a number from 1 to 1000000000")])
def test_a_value_that_can_not_be_meant_is_told_without_xicad_by_the_options_name(workdir, line, said):
    assert said in _refused("xica", *line.split(), "--dev", "nowhere", cwd=workdir)


@pytest.mark.parametrize("command", ["cert", "order", "limits"])
def test_an_account_is_a_number(workdir, command):
    assert "'root' is no account's number" in _refused("xica", command, "list", "--account", "root", cwd=workdir)


@pytest.mark.parametrize("options", [["--force"], ["--config-dir", "x"], ["--http-port", "80"], ["--server", "ca.example"], ["--proof", "none"], ["--yes"]])
def test_a_list_of_hosts_refuses_what_it_does_not_read(workdir, options):
    for words in (["--list", *options], [*options, "--list"]):
        assert f"--list takes no {options[0]}; it takes --server-config and --json" in _refused("xica", "get", *words, cwd=workdir)


def test_a_name_that_comes_too_often_is_told(workdir):
    assert "--name comes too often: 100 times" in _refused("xica", "cert", "issue", *["--name", "a.example"] * 101, cwd=workdir)


def test_a_folder_without_a_ca_is_told_with_how_to_make_one(workdir):
    assert "'xica ca init' makes one" in _refused("xica", "ca", "show", "--dir", "nowhere", cwd=workdir, code=1)


def test_one_port_for_both_https_and_http_is_refused(workdir):
    assert "listed twice" in _refused("xicad", "--dev", "x", "--https-port", "14000", "--http-port", "14000", cwd=workdir, code=1)


def test_a_port_in_use_is_told_with_the_option_that_changes_it(workdir):
    with Xicad(workdir / "one", resolve_all="127.0.0.1") as first:
        message = _refused("xicad", "--dev", "two", "--https-port", str(first.https_port), cwd=workdir, code=1)
    assert f"127.0.0.1:{first.https_port}" in message and "--https-port" in message


def test_a_second_xicad_on_the_same_folder_is_refused(workdir):
    with Xicad(workdir / "one", resolve_all="127.0.0.1"):
        assert "another xicad uses the state folder" in _refused("xicad", "--dev", "one", cwd=workdir, code=1)


def test_a_signal_that_comes_twice_at_once_still_ends_every_role_in_order(workdir):
    ca = Xicad(workdir / "one", resolve_all="127.0.0.1").start()
    process = ca.daemon.process
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):  # while it is stopped both wait, and so come at once however busy the machine is
        os.kill(process.pid, number)
    assert process.wait(15) == 0
    log = ca.log.read_text()
    assert "signal 15: stopping" in log and "signal 2: stopping" in log
    assert "was ended by signal" not in log
