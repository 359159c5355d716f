"""xicad as an operator runs it: configuration file, uids, signals, and the rules that development relaxes."""
import contextlib
import datetime
import os
import pwd
import signal
from pathlib import Path

import pytest
import requests

from lab import certs, later
from lab.acme_raw import Acme, challenge_of, problem
from lab.csr import make_csr
from lab.local_names import resolving
from lab.nameserver import NameServer
from lab.paths import BUILD
from lab.process import run
from lab.public_ca import USERS, PublicCa
from lab.roles import ROLES, status, uids
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.zone import Signing, Zone


class World:
    """A host for the CA with its name server, and an applicant's host `site-lab.org`."""

    def __init__(self, network, workdir):
        self.workdir = workdir
        self.ca_host = network.host("ca", 1, resolver=f"{network.prefix}.1")
        self.site = network.host("site", 2, resolver=self.ca_host.address)
        here = self.site.address
        zones = [Zone("ca.example", [f"@ A {self.ca_host.address}"], Signing.SIGNED),
                 Zone("site-lab.org", [f"@ A {here}", f"* A {here}", "inner A 127.0.0.1", "private A 10.0.0.1"], Signing.SIGNED)]
        self.nameserver = NameServer(workdir / "dns", zones, address=self.ca_host.address, port=53, host=self.ca_host)

    def ca(self, user=None):
        return PublicCa(self.workdir, self.ca_host, "ca.example", self.nameserver, user)

    @contextlib.contextmanager
    def at_site(self, ca):
        """The applicant's host: inside, names are known, and the yielded server answers http-01 on port 80."""
        with self.site.entered(), Http01(80, self.site.address) as http01, resolving({ca.name: ca.host.address}):
            yield http01

    def issue(self, ca, name):
        with self.at_site(ca) as http01:
            return _acme(ca).new_account().issue([name], http01)


@pytest.fixture
def world(network, workdir):
    made = World(network, workdir)
    with made.nameserver:
        yield made


def _acme(ca):
    return Acme(ca.directory_url, ca.root_pem)


def test_started_as_root_every_role_runs_under_a_uid_of_its_own(world):
    with world.ca() as ca:
        for role in ROLES:
            for pid in ca.role_pids(role):
                assert uids(pid) == (pwd.getpwnam(USERS[role]).pw_uid,) * 3, role
                assert status(pid, "CapEff") == "0000000000000000"
                assert status(pid, "NoNewPrivs") == "1"
        assert world.issue(ca, "site-lab.org").leaf


def test_started_with_a_library_and_a_clock_of_somebodys_the_roles_have_neither(world):
    ca = world.ca()
    ca.argv = later.command(ca.argv, 0)
    with ca:
        for pid in [pid for role in ROLES for pid in ca.role_pids(role)]:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            assert b"LD_PRELOAD" not in environment and b"FAKETIME" not in environment
            assert "faketime" not in Path(f"/proc/{pid}/maps").read_text()


def test_an_unprivileged_user_runs_the_whole_ca(world):
    with world.ca(user="games") as ca:
        for role in ("parent", *ROLES):
            assert all(uids(pid) == (pwd.getpwnam("games").pw_uid,) * 3 for pid in ca.role_pids(role))
        assert world.issue(ca, "site-lab.org").leaf


def test_loopback_and_private_addresses_are_not_dialled_in_production(world):
    with world.ca() as ca, world.at_site(ca) as http01:
        account = _acme(ca).new_account()
        for name in ("inner.site-lab.org", "private.site-lab.org"):
            authorization = account.prove(account.order([name]).json()["authorizations"][0], http01)
            assert authorization["status"] == "invalid"
            assert name in challenge_of(authorization)["error"]["detail"]


def test_reserved_names_and_public_suffixes_are_not_certified_in_production(world):
    with world.ca() as ca, world.at_site(ca):
        account = _acme(ca).new_account()
        for name in ("localhost", "host.local", "x.onion", "com", "co.uk", "*.com", "printer.home.arpa", "name.invalid"):
            problem(account.new_order([name]), "rejectedIdentifier", 400)


def test_sighup_reloads_the_configuration_and_keeps_the_old_one_where_the_new_is_wrong(world):
    with world.ca() as ca, world.at_site(ca):
        good = ca.configuration.read_text()
        assert _identities(ca) == ["ca.example"]

        ca.configuration.write_text(good.replace('caa-identities = {"ca.example"}', 'caa-identities = {"new.example"}'))
        ca.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: _identities(ca) == ["new.example"], 10, "the new configuration is in force", 0.2)

        ca.configuration.write_text(good + "no-such-option = 1\n")
        ca.daemon.process.send_signal(signal.SIGHUP)
        ca.daemon.wait_for(r"no-such-option", 5)
        assert _identities(ca) == ["new.example"] and ca.daemon.alive()


def test_an_order_whose_profile_is_gone_is_told_so_when_it_is_finalized(world):
    with world.ca() as ca, world.at_site(ca) as http01:
        account = _acme(ca).new_account()
        order = account.order(["site-lab.org"], profile="serverauth")
        order.prove_all(http01)
        ca.configuration.write_text(ca.configuration.read_text() + 'profile "xmpp-server" {\nrenew-after = 40\nrenew-window = 10\n}\n')
        ca.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: list(_directory(ca).get("meta", {}).get("profiles", {})) == ["xmpp-server"], 10, "the new configuration is in force", 0.2)
        account.acme.session.close()
        problem(order.finalize(make_csr(["site-lab.org"])), "invalidProfile", 400)
        assert order.json()["status"] == "invalid", "no other finalize would do better"
        problem(account.new_order(["site-lab.org"], profile="serverauth"), "invalidProfile", 400)
        leaf = account.issue(["site-lab.org"], http01).leaf
        window = account.acme.get(f"{_directory(ca)['renewalInfo']}/{certs.renewal_id(leaf)}").json()["suggestedWindow"]
        start, end = (datetime.datetime.fromisoformat(window[name][:-1]) for name in ("start", "end"))
        assert abs((start - leaf.not_valid_before) / (leaf.not_valid_after - leaf.not_valid_before) - 0.4) < 0.001
        assert abs((end - leaf.not_valid_before) / (leaf.not_valid_after - leaf.not_valid_before) - 0.5) < 0.001


def _directory(ca):
    """Empty while the CA does not answer."""
    try:
        return _acme(ca).directory
    except requests.ConnectionError:
        return {}


def test_a_sighup_that_comes_during_a_reload_is_not_lost(world):
    with world.ca() as ca, world.at_site(ca):
        good = ca.configuration.read_text()
        for name in ("first.example", "second.example"):
            ca.configuration.write_text(good.replace('caa-identities = {"ca.example"}', f'caa-identities = {{"{name}"}}'))
            ca.daemon.process.send_signal(signal.SIGHUP)
            ca.daemon.wait_for(r"reloading", 5)
        wait_until(lambda: _identities(ca) == ["second.example"], 15, "the newest configuration is in force", 0.2)


def _identities(ca):
    """The CAA identities in the directory, or None while the CA does not answer."""
    try:
        return _acme(ca).directory["meta"]["caaIdentities"]
    except requests.ConnectionError:
        return None


def test_sigterm_finishes_what_is_under_way_and_ends_with_zero(world):
    with world.ca() as ca, world.at_site(ca) as http01:
        order = _acme(ca).new_account().order(["late.site-lab.org"]).prove_all(http01)
        roles = [pid for role in ROLES for pid in ca.role_pids(role)]
        assert order.finalize(make_csr(order.names)).status_code == 200
        assert ca.stop() == 0
        assert not any(os.path.exists(f"/proc/{pid}") for pid in roles)
        ca.start()
        assert order.settled()["status"] == "valid"


def test_t_accepts_a_good_configuration_and_starts_nothing(world):
    ca = world.ca()
    done = run([BUILD / "xicad", "-t", "-c", ca.configuration], check=False)
    ca.remove()
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line, word", [("no-such-option = 1", "no-such-option"), ("listen { https = {\"nonsense\"} }", "https"),
                                        ("orders { names-max = many }", "names-max"), ("proof {", "")])
def test_t_names_file_and_line_of_what_is_wrong(workdir, line, word):
    path = workdir / "xicad.conf"
    path.write_text(f'url = "https://ca.example"\nstate-dir = "{workdir}/state"\n{line}\n')
    done = run([BUILD / "xicad", "-t", "-c", path], check=False)
    assert done.returncode != 0
    assert f"{path}:3" in done.stdout or f"{path}:4" in done.stdout, done.stdout
    assert word in done.stdout


def test_a_missing_configuration_is_told(workdir):
    done = run([BUILD / "xicad", "-c", workdir / "none.conf"], check=False)
    assert done.returncode != 0 and "none.conf" in done.stdout
