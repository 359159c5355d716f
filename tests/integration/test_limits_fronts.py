"""Limits hold for all fronts together: those of an address, whichever it asks and whatever becomes of them, and that of OCSP."""
import http.client
import re
import signal
import ssl
import time

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from lab.configured import ConfiguredCa
from lab.waiting import wait_until

BURST = 120
SITE_BURST = 60  # of what changes something on the site: front.c
LIMITS = f"limits {{\n requests-per-minute = 1\n burst = {BURST}\n}}\n"


@pytest.fixture(scope="module")
def limited(output):
    with ConfiguredCa(output / "limited-fronts", LIMITS) as ca:
        yield ca


def _ask(ca, address, method="GET", path="/api/session", body=None):
    """One request on a connection of its own: the kernel gives it to one of the fronts."""
    context = ssl.create_default_context(cafile=str(ca.root_pem))
    connection = http.client.HTTPSConnection("localhost", ca.https_port, timeout=20, context=context, source_address=(address, 0))
    origin = f"https://localhost:{ca.https_port}"
    try:
        connection.request(method, path, body, {"Origin": origin, "Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def _fronts_of(ca, answers):
    """The roles that have a line about these answers."""
    names = {answer.headers["X-Request-Id"] for answer in answers}
    found = re.findall(r" role=(front-\d) .* ?request=([0-9a-f]{12})", ca.log.read_text())
    return {role for role, name in found if name in names}


def test_an_address_gets_what_is_configured_over_all_fronts_and_not_of_each(limited):
    answers = [_ask(limited, "127.0.0.7") for _ in range(2 * BURST)]
    passed = [answer for answer in answers if answer.status != 429]
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in passed} == {200} and len(passed) in (BURST, BURST + 1)  # one more a minute
    assert _fronts_of(limited, passed) == _fronts_of(limited, refused) == {"front-0", "front-1"}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert _ask(limited, "127.0.0.8").status == 200


def test_what_was_counted_outlives_fronts_and_a_reload(limited):
    answers = [_ask(limited, "127.0.0.9") for _ in range(BURST + 10)]
    assert answers[-1].status == 429
    limited.kill("front")
    later = [_ask(limited, "127.0.0.9").status for _ in range(20)]
    before = set(limited.role_pids("front"))
    limited.daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not before & set(limited.role_pids("front")) and len(limited.role_pids("front")) == 2, 30, "all fronts are new ones", 0.1)
    later += [_ask(limited, "127.0.0.9").status for _ in range(20)]
    assert set(later) <= {200, 429} and later.count(200) <= 1  # one more a minute
    assert _ask(limited, "127.0.0.10").status == 200


def test_what_changes_the_site_is_counted_over_all_fronts_by_itself(limited):
    started = time.monotonic()
    answers = [_ask(limited, "127.0.0.11", "POST", "/api/log-out", "{}") for _ in range(BURST)]
    passed = [answer for answer in answers if answer.status != 429]
    assert SITE_BURST <= len(passed) <= SITE_BURST + time.monotonic() - started + 1
    assert _fronts_of(limited, passed) == {"front-0", "front-1"}


# --- OCSP

FRESH = 20


@pytest.fixture(scope="module")
def frugal(output):
    with ConfiguredCa(output / "frugal-fronts", f"ocsp {{\n fresh-per-second = {FRESH}\n}}\n") as ca:
        yield ca


def _is_answered(ca):
    """A request with a nonce, on a connection of its own: it can't be answered from what is kept."""
    root = x509.load_pem_x509_certificate(ca.root_pem.read_bytes())
    builder = ocsp.OCSPRequestBuilder().add_certificate(root, root, hashes.SHA1()).add_extension(x509.OCSPNonce(b"again"), False)
    answer = requests.post(f"http://localhost:{ca.http_port}/ocsp", builder.build().public_bytes(serialization.Encoding.DER),
                           headers={"Content-Type": "application/ocsp-request"}, timeout=20)
    return ocsp.load_der_ocsp_response(answer.content).response_status != ocsp.OCSPResponseStatus.TRY_LATER


def test_what_is_signed_afresh_in_a_second_is_counted_over_all_fronts(frugal):
    started = time.monotonic()
    answered = [_is_answered(frugal) for _ in range(8 * FRESH)]
    passed = time.monotonic() - started
    assert FRESH <= answered.count(True) <= FRESH + FRESH * passed + 1
    assert False in answered, "a machine on which this takes as long as they may take shows nothing"
    time.sleep(1.1)
    assert all(_is_answered(frugal) for _ in range(FRESH))


# --- connections: test_limits_connections.py, since it is not in a CA to play with

def test_in_a_ca_to_play_with_an_address_may_have_any_number_of_connections(frugal):
    kept = [http.client.HTTPConnection("localhost", frugal.http_port, timeout=20) for _ in range(300)]
    try:
        for connection in kept:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 301 and connection.sock, "it stays"
    finally:
        for connection in kept:
            connection.close()
