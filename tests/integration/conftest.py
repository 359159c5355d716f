"""Fixtures of the whole-program tests. One name server and one development CA serve all tests that do not disturb them; with several
workers, each has its own."""
import itertools

import pytest

from lab import netns
from lab.acme_raw import Acme
from lab.modules import running_servers
from lab.nameserver import NameServer
from lab.paths import WORKER, output_directory, shared_directory
from lab.tlsserver import certificate
from lab.webserver import Http01
from lab.xicad import Xicad
from lab.zone import Signing, Zone

LOOPBACK = ["@ A 127.0.0.1", "* A 127.0.0.1"]


def pytest_configure(config):
    if getattr(config.option, "numprocesses", None) and not WORKER:
        for name in ("integration", "screenshots"):
            output_directory(name)


@pytest.fixture(scope="session")
def output():
    return shared_directory("integration")


@pytest.fixture
def workdir(output, request):
    """A folder of the test's own that stays after the run."""
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in request.node.name)
    directory = output / request.module.__name__ / name
    directory.mkdir(parents=True)
    return directory


@pytest.fixture(scope="session")
def nameserver(output):
    """Names below xmpp.example (signed) and plain.example (unsigned) are on loopback; bogus.example is forged."""
    zones = [Zone("xmpp.example", LOOPBACK, Signing.SIGNED), Zone("plain.example", LOOPBACK),
             Zone("bogus.example", LOOPBACK, Signing.BOGUS)]
    with NameServer(output / f"dns{WORKER}", zones) as server:
        yield server


@pytest.fixture(scope="session")
def ca(output, nameserver):
    """The development CA that the tests share."""
    with Xicad(output / f"ca{WORKER}", dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor) as running:
        yield running
    errors = [line for line in running.log.read_text().splitlines() if "level=error" in line]
    assert errors == [], "nothing that an applicant does is an error of the CA"


@pytest.fixture
def http01(ca):
    """A web server at the shared CA's http-01 port that answers what the test puts into its `answers`."""
    with Http01(ca.http01_port) as server:
        yield server


@pytest.fixture
def network():
    """A network of the test's own; fails with the reason where the machine permits none."""
    reason = netns.missing()
    if reason:
        pytest.fail(reason, pytrace=False)
    with netns.Network() as made:
        yield made


# The XMPP servers with their modules (integrations/); each module of tests has its own pair, started when first used.

@pytest.fixture(scope="module")
def servers(output, request):
    reason = netns.missing()
    if reason:
        pytest.fail(reason, pytrace=False)
    directory = output / request.module.__name__ / "servers"
    directory.mkdir(parents=True)
    with running_servers(directory) as made:
        yield made


@pytest.fixture
def prosody(servers):
    return servers["prosody"]()


@pytest.fixture
def ejabberd(servers):
    return servers["ejabberd"]()


@pytest.fixture(params=["prosody", "ejabberd"])
def server(request, servers):
    return servers[request.param]()


@pytest.fixture
def host(network):
    """A host of the test's own, for a server that it starts itself."""
    return network.host("server", 2, resolver=f"{network.prefix}.1")


@pytest.fixture
def any_root(workdir):
    """A root for servers that need to name one, where the test has no CA."""
    (workdir / "root").mkdir()
    return certificate(workdir / "root", ["root.invalid"], b"", oid=None)


@pytest.fixture(scope="session")
def acme(ca):
    return Acme(ca.directory_url, ca.root_pem)


@pytest.fixture
def account(acme):
    """A fresh account with an ES256 key."""
    return acme.new_account()


_domains = itertools.count()


@pytest.fixture
def domain():
    """A domain below xmpp.example that no other test has used."""
    return f"t{next(_domains)}.xmpp.example"
