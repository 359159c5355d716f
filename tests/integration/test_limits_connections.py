"""How many connections an address has at the same time is bounded over all fronts, whichever it is connected to, and whatever becomes of them."""
import contextlib
import re
import socket
import ssl

import pytest

from lab.nameserver import NameServer
from lab.public_ca import PublicCa
from lab.waiting import wait_until
from lab.zone import Signing, Zone

SHARE = 128  # CONNECTIONS_PER_ADDRESS of front.c
SERVED = (301, 404)  # what "/" is on the one port, and on the other where there is no site


@pytest.fixture
def ca(network, workdir):
    ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
    zones = [Zone("ca.example", [f"@ A {ca_host.address}"], Signing.SIGNED)]
    with NameServer(workdir / "dns", zones, address=ca_host.address, port=53, host=ca_host) as nameserver:
        made = PublicCa(workdir, ca_host, "ca.example", nameserver)
        text = made.configuration.read_text().replace("listen {\n", "listen {\n\tfronts = 2\n")
        made.configuration.write_text(text + "limits {\n\trequests-per-minute = 0\n}\n")
        with made:
            yield made


class Connections:
    """Connections of the calling thread's host, kept as long as they are served."""

    def __init__(self, ca):
        self._address, self._context, self.kept = ca.host.address, ssl.create_default_context(cafile=str(ca.root_pem)), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.kept:
            connection.close()

    def one_more(self, port=443):
        """True: it was served, and stays. False: it was refused."""
        connection = socket.create_connection((self._address, port), timeout=20)
        try:
            if port == 443:
                connection = self._context.wrap_socket(connection, server_hostname="ca.example")
            status = _ask(connection)
        except OSError:  # the front that had it was killed
            connection.close()
            return False
        if status == 503:
            connection.close()
            return False
        assert status in SERVED, status
        self.kept.append(connection)
        return True

    def drop_dead(self):
        """Forgets those whose front has gone, and says how many they were."""
        alive = [connection for connection in self.kept if _lives(connection)]
        dead, self.kept = len(self.kept) - len(alive), alive
        return dead


def _ask(connection):
    connection.sendall(b"HEAD / HTTP/1.1\r\nHost: ca.example\r\n\r\n")
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(4096)
        if not more:
            raise ConnectionResetError("it was closed")
        text += more
    return int(re.match(rb"HTTP/1\.1 (\d{3}) ", text)[1])


def _lives(connection):
    with contextlib.suppress(OSError):
        return _ask(connection) in SERVED
    return False


def test_an_address_has_its_share_of_connections_over_all_fronts(ca, network):
    here = network.host("here", 2)
    other = network.host("other", 3)
    with here.entered(), Connections(ca) as ours:
        assert [ours.one_more() for _ in range(SHARE + 40)] == [True] * SHARE + [False] * 40
        assert ours.one_more(port=80), "that of the other port is another"
        ours.kept.pop().close()
        with other.entered(), Connections(ca) as theirs:
            assert [theirs.one_more() for _ in range(8)] == [True] * 8
        ours.kept.pop().close()
        wait_until(ours.one_more, 5, "one that has gone makes room", 0.05)
        assert not ours.one_more()

        # A front is killed: what it had is no longer counted when it is back, and what the other has still is.
        ca.kill("front")
        dead = ours.drop_dead()
        assert 0 < dead < SHARE, "the kernel has spread them over both"
        wait_until(ours.one_more, 10, "the front is back, without its connections", 0.05)
        assert [ours.one_more() for _ in range(dead - 1 + 20)] == [True] * (dead - 1) + [False] * 20
        assert ours.drop_dead() == 0 and len(ours.kept) == SHARE
