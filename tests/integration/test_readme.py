"""The quick start of README.md, run as it stands there."""
import re
import shlex

import pytest

from lab.certs import Issued, check_xmpp_certificate
from lab.paths import BUILD, ROOT
from lab.process import Daemon, run


def _code_blocks():
    text = (ROOT / "README.md").read_text()
    return re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)


@pytest.fixture
def playground(network, workdir):
    """A host on which the CA of ./tools/run serves on its usual ports, and the folder in which its var/ lies."""
    host = network.host("desk", 1)
    argv = [BUILD / "xicad", "--dev", workdir / "var", "--resolve-all", "127.0.0.1"]
    with Daemon(host.command(argv), workdir / "xicad.log", stdout=workdir / "ready") as daemon:
        ready = daemon.wait_for(r"^xicad: ready (\S+)$", 30, source=workdir / "ready")
        assert ready[1] == "https://localhost:14000/acme/directory"
        yield host, workdir


def test_the_certbot_line_of_the_quick_start_gets_a_certificate_and_the_next_lines_accept_it(playground):
    host, workdir = playground
    (workdir / "build").symlink_to(BUILD)
    blocks = _code_blocks()
    line = next(block for block in blocks if "certbot certonly" in block and "localhost:14000" in block)
    run(host.command(["sh", "-eu", "-c", line]), cwd=workdir, timeout=60)
    name = shlex.split(line.replace("\\\n", " "))[-1]
    live = workdir / "var" / "certbot" / "live" / name
    check_xmpp_certificate(Issued((live / "fullchain.pem").read_text()), [name], workdir / "var" / "root.pem", workdir)
    for block in blocks:
        if "openssl verify" in block:
            done = run(host.command(["sh", "-eu", "-c", block]), cwd=workdir)
            assert "OK" in done.stdout
