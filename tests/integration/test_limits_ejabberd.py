"""A client that renews without pause is slowed: Debian's ejabberd takes any certificate that ends within seven days for one that is to be renewed now."""
import time

import pytest

from lab.ejabberd import COMPONENTS, Ejabberd
from lab.nameserver import NameServer
from lab.public_ca import PublicCa
from lab.waiting import wait_until
from lab.zone import Signing, Zone

DOMAIN = "montague.im"


@pytest.fixture
def ca(network, workdir):
    ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
    host = network.host("ejabberd", 2, resolver=ca_host.address)
    zones = [Zone(DOMAIN, [f"{label} A {host.address}" for label in ("@", *COMPONENTS)], Signing.SIGNED),
             Zone("ca.example", [f"@ A {ca_host.address}"], Signing.SIGNED)]
    with NameServer(workdir / "dns", zones, address=ca_host.address, port=53, host=ca_host) as nameserver:
        made = PublicCa(workdir, ca_host, "ca.example", nameserver)
        with made.configuration.open("a") as text:
            text.write('profile "xmpp-server" {\n validity = 6d\n validity-max = 7d\n}\n')
        with made:
            made.ejabberd_host = host
            yield made


def _orders(ca):
    return [line for line in ca.log.read_text().splitlines() if "endpoint=new-order" in line and "msg=answered" in line]


def test_ejabberd_with_a_certificate_of_six_days_gets_some_and_then_rests(ca, workdir):
    with Ejabberd(ca.ejabberd_host, [DOMAIN], f"https://ca.example/acme/directory", ca.root_pem, workdir):
        wait_until(lambda: any("status=429" in line for line in _orders(ca)), 90, "ejabberd is told that it comes too often", 0.2)
        asked = _orders(ca)
        assert sum("status=201" in line for line in asked) == 5, asked  # orders-per-names = 5 per 7d
        time.sleep(10)
        later = _orders(ca)
        assert len(later) - len(asked) <= 1, "it does not ask without pause"
        assert sum("status=201" in line for line in later) == 5
    assert ca.log.read_text().count("msg=\"is limited\"") == sum("status=429" in line for line in later)
