"""What people type wrongly: each mistake is named in one line, with the way out, and nothing is begun."""
import os
import signal
import time

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
    (["account", "eab", "list", "--bogus"], "unknown option: '--bogus'"),
    (["lint", "--bogus"], "unknown option: '--bogus'"),
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
    page = ["--after", "7", "--limit", "5"] if command != ("health",) else []
    assert "no xicad answers at" in _refused("xica", *command, "--dev", "nowhere", "--json", *page, cwd=workdir, code=1)


@pytest.mark.parametrize("command", ["cert", "order", "limits"])
def test_an_account_is_a_number(workdir, command):
    assert "'root' is no account's number" in _refused("xica", command, "list", "--account", "root", cwd=workdir)


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
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(0.02)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
    assert process.wait(15) == 0
    assert "was ended by signal" not in ca.log.read_text()
