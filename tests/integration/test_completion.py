"""The completion of bash: it offers the commands that `xica --help` lists and the options that each command's own help speaks of, and what it offers is understood."""
import re

import pytest

from lab.paths import BUILD, ROOT
from lab.process import run



def complete(line, cwd=None):
    """What bash offers at the end of the line."""
    words = line.split(" ")
    script = ROOT / "dist" / f"{words[0]}.bash-completion"
    program = (f'source "{script}"; COMP_WORDS=({" ".join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}; _{words[0]}; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
    return run(["bash", "-c", program], cwd=cwd).stdout.split()


def _commands():
    helped = run([BUILD / "xica", "--help"]).stdout
    return re.findall(r"^  ([a-z]+) {2,}\S", helped, re.M)


def test_every_command_is_offered():
    offered = complete("xica ")
    assert set(_commands()) == {word for word in offered if not word.startswith("-")}


def _help(command):
    return run([BUILD / "xica", command, "--help"], quiet=True).stdout


def _verbs(command):
    """As the lines of usage name them: "list", "eab create"."""
    return sorted(set(re.findall(rf"^(?:Usage:|      ) xica {command} ((?:eab )?[a-z][a-z-]*)", _help(command), re.M)))


def _options(command):
    own = re.sub(r"\(xica [^)]*\)", "", _help(command))  # what other commands do stands in parentheses
    return set(re.findall(r"--[a-z][a-z-]+", own)) | {"--help"}


def _options_offered(line):
    return {word for word in complete(f"{line} -") if word.startswith("--")}


@pytest.mark.parametrize("command", _commands())
def test_every_verb_of_the_help_is_offered_and_no_other(command, workdir):
    offered = {word for word in complete(f"xica {command} ", cwd=workdir) if not word.startswith("-")}
    assert offered == {verb.split()[0] for verb in _verbs(command)}
    if command == "account":
        behind_eab = {word for word in complete("xica account eab ") if not word.startswith("-")}
        assert {f"eab {word}" for word in behind_eab} == {verb for verb in _verbs(command) if " " in verb}


@pytest.mark.parametrize("command", [command for command in _commands() if _verbs(command)])
def test_the_manual_page_has_every_verb_in_its_synopsis_and_among_its_descriptions(command):
    page = (ROOT / "man" / "xica.1").read_text()
    synopsis = re.search(rf"^\.Cm {command} (.*)$", page, re.M)[1]
    assert set(synopsis.split(" | ")) == set(_verbs(command))
    described = " , ".join(re.findall(r"^\.It (.*)$", page, re.M)) + " "
    assert not [verb for verb in _verbs(command) if f"Cm {command} {verb} " not in described]


@pytest.mark.parametrize("command", _commands())
def test_every_long_option_of_the_help_is_offered_somewhere_and_no_other(command):
    offered = _options_offered(f"xica {command}").union(*(_options_offered(f"xica {command} {verb}") for verb in _verbs(command)))
    assert offered == _options(command)


VALUES = {"--dir": "no/where", "--since": "2026-05-04", "--until": "2026-05-04", "--expires-before": "2026-05-04", "--address": "192.0.2.1",
          "--spki": "0" * 64, "--name": "a.example", "--rate": "none", "--thumbprint": "A" * 43, "--explanation": "https://a.example/",
          "--kind": "orders-per-account", "--reason": "superseded", "--state": "sent", "--key-type": "p256", "--domain": "a.example"}


def _takes(command, verb, option, cwd):
    """Does it read this option? Asked of the program, with nothing there that it could be done with."""
    status = "issued" if command == "cert" else "valid"
    value = [] if option in _FLAGS else [status if option == "--status" else VALUES.get(option, "1")]
    words = [command, *verb.split(), option, *value]
    operand = re.search(rf"xica {command} {verb} (ID|KID|SERIAL|WHO)\b", _help(command))
    about = [operand[1].replace("ID", "7").replace("SERIAL", "7")] if operand else []
    place = [] if option in ("--dev", "--dir") else ["--dev", "nowhere"]
    done = run([BUILD / "xica", *words, *about, *place], check=False, quiet=True, cwd=cwd)
    refused = f"{verb} takes no {option}; it takes " in done.stdout
    assert done.returncode == 2 if refused else done.returncode in (0, 1, 2), done.stdout
    return not refused


_FLAGS = {"--json", "--help", "--yes", "--pem", "--withdraw", "--below", "--names", "--addresses", "--keys", "--take-away", "--no-passphrase",
          "--new-intermediate", "--new-root", "--no-cross", "--default", "--begin", "--outside", "--seals"}
_HAVE_VERBS = [command for command in _commands() if _verbs(command)]


@pytest.mark.parametrize("command, verb", [(command, verb) for command in _HAVE_VERBS for verb in _verbs(command)])
def test_what_is_offered_behind_a_verb_is_what_it_takes_and_everything_else_is_refused(workdir, command, verb):
    taken = {option for option in _options(command) if _takes(command, verb, option, workdir)}
    assert taken == _options_offered(f"xica {command} {verb}")
    assert not list(workdir.iterdir())


def test_xicads_options_are_offered_where_they_are_taken_and_no_others():
    helped = set(re.findall(r"(?<!\S)--?[a-z][a-z0-9-]*", run([BUILD / "xicad", "--help"]).stdout))
    alone, dev, file = (set(complete(f"xicad {words}-")) for words in ("", "--dev x ", "-c x "))
    assert alone == {"-c", "--dev", "--help", "--version"} and file == {"-t"}
    assert alone | dev | file == helped and not dev & (alone | file)
    for option in dev:
        done = run([BUILD / "xicad", "-c", "x", option, *([] if option in _DEV_FLAGS else [_DEV_VALUES.get(option, "1")])], check=False)
        assert done.returncode == 2 and "--dev only" in done.stdout, option


_DEV_FLAGS = {"--eab-required", "--assume-valid", "--chaos", "--strict", "--verbose"}
_DEV_VALUES = {"--dns": "127.0.0.1:53", "--resolve-all": "127.0.0.1", "--crash-at": "signer:after-sign", "--challenges": "dns-account-01"}


@pytest.mark.parametrize("line, offered", [
    ("xica cer", {"cert"}), ("xica cert li", {"list"}), ("xica cert list --sta", {"--status"}), ("xica cert list --status re", {"revoked"}),
    ("xica --dev var cert sh", {"show"}), ("xica order list --status v", {"valid"}), ("xica account eab cr", {"create"}), ("xica cert list --name ex", set()),
    ("xica mail list --state f", {"failed"}), ("xica account eab list --li", {"--limit"}), ("xica ca rollover --be", {"--begin"}),
    ("xica ca --dir var sho", {"show"}), ("xica block remove --na", {"--name"}), ("xica get --proof xmpp-", {"xmpp-tls"}), ("xicad --dev x --challenges dns-p", {"dns-persist-01"}), ("xica bogus ", set())])
def test_what_is_typed_is_completed(line, offered, workdir):
    assert set(complete(line, cwd=workdir)) == offered


def test_files_are_offered_where_files_are_wanted(workdir):
    (workdir / "chain.pem").write_text("")
    assert "chain.pem" in complete("xica lint ch", cwd=workdir)
    assert "chain.pem" in complete("xica cert issue --csr ch", cwd=workdir)
    (workdir / "folder").mkdir()
    assert complete("xica cert list --dev fo", cwd=workdir) == ["folder"]
