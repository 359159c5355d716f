"""The completion of bash: it offers the commands that `xica --help` lists and the options that each command's own help speaks of, and what it offers is understood."""
import re

import pytest

from lab.paths import BUILD, ROOT
from lab.process import run

SCRIPT = ROOT / "dist" / "xica.bash-completion"


def complete(line, cwd=None):
    """What bash offers at the end of the line."""
    words = line.split(" ")
    program = (f'source "{SCRIPT}"; COMP_WORDS=({" ".join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}; _xica; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
    return run(["bash", "-c", program], cwd=cwd).stdout.split()


def _commands():
    helped = run([BUILD / "xica", "--help"]).stdout
    return re.findall(r"^  ([a-z]+) {2,}\S", helped, re.M)


def test_every_command_is_offered():
    offered = complete("xica ")
    assert set(_commands()) == {word for word in offered if not word.startswith("-")}


@pytest.mark.parametrize("command", _commands())
def test_every_long_option_of_the_help_is_offered_somewhere_and_no_other(command):
    helped = set(re.findall(r"--[a-z][a-z-]+", run([BUILD / "xica", command, "--help"]).stdout)) | {"--help"}
    verbs = [word for word in complete(f"xica {command} ") if not word.startswith("-")]
    offered = set(complete(f"xica {command} -"))
    for verb in verbs:
        offered |= set(complete(f"xica {command} {verb} -"))
    offered = {word for word in offered if word.startswith("--")}
    assert offered <= helped, f"not in the help: {offered - helped}"


@pytest.mark.parametrize("line, offered", [
    ("xica cer", {"cert"}), ("xica cert li", {"list"}), ("xica cert list --sta", {"--status"}), ("xica cert list --status re", {"revoked"}),
    ("xica --dev var cert sh", {"show"}), ("xica order list --status v", {"valid"}), ("xica account eab cr", {"create"}), ("xica cert list --name ex", set()),
    ("xica mail list --state f", {"failed"}), ("xica bogus ", set())])
def test_what_is_typed_is_completed(line, offered, workdir):
    assert set(complete(line, cwd=workdir)) == offered


def test_files_are_offered_where_files_are_wanted(workdir):
    (workdir / "chain.pem").write_text("")
    assert "chain.pem" in complete("xica lint ch", cwd=workdir)
    assert "chain.pem" in complete("xica cert issue --csr ch", cwd=workdir)
    (workdir / "folder").mkdir()
    assert complete("xica cert list --dev fo", cwd=workdir) == ["folder"]
