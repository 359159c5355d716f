"""`xica doctor` and DNSSEC: zones that are signed, unsigned and forged, and resolvers that hand signatures on or drop them, on a network of their own."""
import contextlib
import json
import socketserver
import threading

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest

from lab.nameserver import NameServer
from lab.paths import BUILD
from lab.process import run
from lab.zone import Signing, Zone

_CONFIGURATION = """\
url = "https://{name}"
http-url = "http://{name}"
state-dir = "{state}"
proof {{
	{proof}
}}
"""
HOST = ["@ A 45.67.89.3", "* A 45.67.89.3"]
# In the mount namespace of `ip netns exec`: the laboratory's trust anchor where Debian has the root's.
_AS_ROOT_ANCHOR = 'mount --bind "$0" /usr/share/dns/root.key && exec "$@"'


class _StripsSignatures(socketserver.BaseRequestHandler):
    """A resolver that asks for no signatures and hands none on, as some routers do."""

    def handle(self):
        wire, sock = self.request
        query = dns.message.from_wire(wire)
        query.ednsflags &= ~dns.flags.DO
        answer = dns.query.udp(query, *self.server.behind, timeout=5)
        for section in answer.sections:
            section[:] = [rrset for rrset in section if rrset.rdtype != dns.rdatatype.RRSIG]
        sock.sendto(answer.to_wire(), self.client_address)


@contextlib.contextmanager
def _stripping(behind):
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _StripsSignatures) as server:
        server.daemon_threads = True
        server.behind = behind
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield "127.0.0.1:{}".format(server.server_address[1])
        server.shutdown()


@pytest.fixture(name="said")
def said_fixture(workdir):
    """What doctor says of DNSSEC, configured so; where the site and all else is away, which doesn't matter here."""
    def examine(proof, name="ca.xmpp.example", command=lambda argv: argv):
        config = workdir / "xicad.conf"
        config.write_text(_CONFIGURATION.format(name=name, state=workdir / "state", proof=proof))
        done = run(command([BUILD / "xica", "doctor", "--json", "-c", config]), check=False, timeout=120)
        return next(one for one in json.loads(done.stdout)["checks"] if one["check"] == "dnssec")
    return examine


def _below(nameserver, endpoint=None):
    return f'dns = "{endpoint or nameserver.endpoint}"\n\ttrust-anchor = "{nameserver.trust_anchor}"'


@pytest.mark.parametrize("name, result, text", [
    ("ca.xmpp.example", "ok", "ca.xmpp.example is signed"),
    ("ca.plain.example", "warning", "without a signature"),
    ("ca.bogus.example", "failure", "can't be looked up"),
    ("ca.nowhere.example", "failure", "no such domain"),
    ("127.0.0.1", "skipped", "as the configuration says")])
def test_below_an_own_trust_anchor_the_name_of_the_site_is_looked_at(nameserver, said, name, result, text):
    is_now = said(_below(nameserver), name)
    assert is_now["result"] == result and text in is_now["text"], is_now
    assert result in ("ok", "skipped") or is_now["advice"]


def test_a_resolver_that_drops_signatures_is_a_failure(nameserver, said):
    with _stripping(("127.0.0.1", nameserver.port)) as endpoint:
        is_now = said(_below(nameserver, endpoint))
    assert is_now["result"] == "failure" and "DNSSEC" in is_now["advice"], is_now


def test_with_the_root_s_own_trust_anchor_a_root_of_somebody_else_s_is_a_failure(nameserver, said):
    assert said(f'dns = "{nameserver.endpoint}"')["result"] == "failure"


@pytest.mark.parametrize("signing, result", [(Signing.SIGNED, "ok"), (Signing.UNSIGNED, "failure"), (Signing.BOGUS, "failure")])
def test_in_the_world_s_dns_a_name_that_is_signed_must_come_signed(workdir, network, said, signing, result):
    asks = network.host("asks", 3, resolver=f"{network.prefix}.1")
    answers = network.host("answers", 1)
    with NameServer(workdir / "dns", [Zone("ietf.org", HOST, signing), Zone("xmpp.example", HOST)], address=answers.address, port=53, host=answers) as server:
        is_now = said("", command=lambda argv: asks.command(["sh", "-c", _AS_ROOT_ANCHOR, server.trust_anchor, *argv]))
    assert is_now["result"] == result and "ietf.org" in is_now["text"], is_now
