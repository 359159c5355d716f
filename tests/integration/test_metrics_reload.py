"""A reload (SIGHUP) moves the address of the metrics, takes it away and gives it back; what was counted stays, and an address that can't be had changes nothing."""
import signal
import socket
import threading

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from lab.acme_raw import Acme
from lab.configured import ConfiguredCa
from lab.ports import free_port
from lab.waiting import wait_until
from lab.webserver import Http01


def _metrics(port):
    return f'metrics {{\n listen = "127.0.0.1:{port}"\n}}\n' if port else ""


@pytest.fixture(name="ca")
def ca_fixture(workdir):
    port = free_port()
    with ConfiguredCa(workdir / "ca", _metrics(port)) as ca:
        ca.port = port
        yield ca


def _reload(ca, port, says=r'msg="?reloaded'):
    start = ca.log.stat().st_size
    ca.write(_metrics(port))
    ca.daemon.process.send_signal(signal.SIGHUP)
    ca.daemon.wait_for(says, 20, start=start)


def _issued(port):
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    return sum(sample.value for family in text_string_to_metric_families(text) for sample in family.samples if sample.name == "xica_certificates_issued_total")


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _issue(ca, name):
    with Http01(ca.http01_port) as http01:
        Acme(ca.directory_url, ca.root_pem).new_account().issue([name], http01)


def test_the_metrics_move_to_another_address_with_all_that_was_counted(ca):
    other = free_port()
    _issue(ca, "before.example.org")
    before = wait_until(lambda: _issued(ca.port), 5, "it is counted", 0.1)
    _reload(ca, other)
    assert not _listens(ca.port), "nobody is left behind at the older address"
    assert _issued(other) >= before
    assert requests.get(f"http://127.0.0.1:{other}/healthz", timeout=10).status_code == 200
    _issue(ca, "after.example.org")
    _reload(ca, ca.port)
    assert not _listens(other) and _issued(ca.port) >= before + 1


def test_the_metrics_are_taken_away_and_given_back(ca):
    _reload(ca, None)
    assert not _listens(ca.port)
    _issue(ca, "unseen.example.org")
    _reload(ca, ca.port)
    assert _issued(ca.port) >= 1, "what happened meanwhile was counted, to the last moment before the reload"


def test_where_the_address_stays_no_scrape_is_refused_while_roles_are_started_again(ca):
    end, answers, errors = threading.Event(), [], []

    def scrape():
        while not end.is_set():
            try:
                answers.append(requests.get(f"http://127.0.0.1:{ca.port}/metrics", timeout=10, headers={"Connection": "close"}).status_code)
            except requests.RequestException as error:
                errors.append(error)
    reader = threading.Thread(target=scrape, daemon=True)
    reader.start()
    _reload(ca, ca.port)
    end.set()
    reader.join(15)
    assert errors == [] and set(answers) == {200} and len(answers) > 5


def test_an_address_that_somebody_else_has_changes_nothing(ca):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        roles = ca.role_pids("front")
        _reload(ca, taken.getsockname()[1], says="not reloaded")
    assert ca.role_pids("front") == roles and _issued(ca.port) >= 0
    assert "another program does already" in ca.log.read_text()
    _issue(ca, "still.example.org")
