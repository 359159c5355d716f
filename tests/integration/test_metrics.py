"""/metrics, /healthz, /readyz: read strictly, moved by exactly what was done, and never in anybody's way."""
import os
import re
import signal
import time

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from prometheus_client.parser import text_string_to_metric_families

from lab.acme_raw import Acme, challenge_of
from lab.configured import ConfiguredCa
from lab.csr import make_csr
from lab.paths import BUILD
from lab.ports import free_port
from lab.process import run
from lab.race import at_once
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

LIMITS = 'limits {\n orders-per-names = "2 per 1h"\n}\n'


@pytest.fixture(scope="module")
def measured(output):
    port = free_port()
    with ConfiguredCa(output / "measured", f'{LIMITS}metrics {{\n listen = "127.0.0.1:{port}"\n}}\n') as ca:
        ca.metrics_url = f"http://127.0.0.1:{port}"
        yield ca


@pytest.fixture(scope="module")
def web(measured):
    with Http01(measured.http01_port) as http01:
        yield http01


@pytest.fixture
def account(measured):
    return Acme(measured.directory_url, measured.root_pem).new_account()


def _text(ca):
    answer = requests.get(f"{ca.metrics_url}/metrics", timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def _read(ca):
    """{(name, labels): value}, by the parser of Prometheus' own Python client."""
    samples = {}
    for family in text_string_to_metric_families(_text(ca)):
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in samples, f"{key} is there twice"
            samples[key] = sample.value
    return samples


def _read_settled(ca):
    """The same, with all that was done before: what the registrar counts is told once a second."""
    time.sleep(1.2)
    return _read(ca)


def _moved(before, after, name, **labels):
    key = name, tuple(sorted(labels.items()))
    return after.get(key, 0) - before.get(key, 0)


def _settled(ca, before, name, count, **labels):
    """What the registrar counts is told within a second."""
    return wait_until(lambda: (now := _read(ca)) and _moved(before, now, name, **labels) == count and now, 5, f"{name} moves by {count}", 0.1)


def test_each_line_is_as_the_format_wants_it(measured, account, web):
    account.issue(["lines.example.org"], web)
    lines = _text(measured).splitlines()
    helped, typed, current = set(), {}, None
    for line in lines:
        if line.startswith("# HELP "):
            current = line.split()[2]
            assert current not in helped, "samples of one metric stand together"
            helped.add(current)
        elif line.startswith("# TYPE "):
            assert line.split()[2] == current
            typed[current] = line.split()[3]
        else:
            name = re.fullmatch(r'(xica_[a-z_]+)(?:\{(?:[a-z]+="[^"\\]*",?)+\})? -?\d+(?:\.\d+)?', line)
            assert name, line
            suffix = r"(_bucket|_sum|_count)?" if typed[current] == "histogram" else ""
            assert re.fullmatch(current + suffix, name[1]), line
            assert typed[current] != "counter" or name[1].endswith("_total")
    assert len(helped) > 30 and set(typed) == helped


def test_counts_move_by_exactly_what_was_done(measured, account, web):
    before = _read_settled(measured)
    account.issue(["one.example.org"], web)
    after = _settled(measured, before, "xica_orders_total", 1, state="valid")
    for state, count in (("pending", 1), ("ready", 1), ("processing", 1), ("valid", 1), ("invalid", 0)):
        assert _moved(before, after, "xica_orders_total", state=state) == count, state
    assert _moved(before, after, "xica_certificates_issued_total") == 1
    assert _moved(before, after, "xica_signatures_total", kind="certificate") == 1
    assert _moved(before, after, "xica_validations_total", method="http-01", outcome="proven") == 1
    assert _moved(before, after, "xica_validation_duration_seconds_count", method="http-01") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="new-order", code="201") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="finalize", code="200") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="challenge", code="200") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="certificate", code="200") == 1
    assert _moved(before, after, "xica_request_duration_seconds_count", endpoint="finalize") == 1
    assert 0 < _moved(before, after, "xica_request_duration_seconds_sum", endpoint="finalize") < 20
    assert _moved(before, after, "xica_request_duration_seconds_bucket", endpoint="finalize", le="+Inf") == 1


def test_what_fails_is_counted_as_that(measured, account):
    before = _read_settled(measured)
    order = account.order(["fails.example.org"])
    url = order.json()["authorizations"][0]
    account.post(challenge_of(account.json(url))["url"], {})
    account.settled(url)
    account.new_order(["bad name"])
    after = _settled(measured, before, "xica_orders_total", 1, state="invalid")
    assert _moved(before, after, "xica_validations_total", method="http-01", outcome="refused") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="new-order", code="400") == 1


def test_who_comes_too_often_is_counted_by_limit(measured, account, web):
    for _ in range(2):
        account.issue(["often.example.org"], web)
    before = _read_settled(measured)
    for _ in range(3):
        assert account.new_order(["often.example.org"]).status_code == 429
    after = _read(measured)
    assert _moved(before, after, "xica_limited_total", limit="orders-per-names") == 3
    assert _moved(before, after, "xica_limited_total", limit="orders-per-account") == 0
    assert _moved(before, after, "xica_requests_total", endpoint="new-order", code="429") == 3


def test_all_fronts_are_summed_and_nothing_is_lost_at_the_same_moment(measured, account):
    before = _read_settled(measured)
    acmes = [Acme(measured.directory_url, measured.root_pem) for _ in range(8)]
    at_once([lambda acme=acme: [acme.nonce() for _ in range(25)] for acme in acmes])
    after = _read(measured)
    assert _moved(before, after, "xica_requests_total", endpoint="new-nonce", code="200") == 200
    assert _moved(before, after, "xica_requests_total", endpoint="directory", code="200") == 8


def test_revocations_and_crls_are_seen(measured, account, web):
    issued = account.issue(["revoked.example.org"], web)
    before = _read_settled(measured)
    measured.cli("cert", "revoke", "--serial", f"{issued.leaf.serial_number:x}")
    after = _settled(measured, before, "xica_certificates_revoked_total", 1)
    number = [key for key in after if key[0] == "xica_crl_number"]
    assert len(number) == 1
    wait_until(lambda: _read(measured)[number[0]] > before[number[0]], 20, "a new CRL is out", 0.2)
    now = _read(measured)
    labels = dict(number[0][1])
    assert 0 <= now["xica_crl_age_seconds", number[0][1]] < 30
    assert now["xica_crl_next_update_timestamp_seconds", number[0][1]] > time.time() + 3600
    assert now["xica_issuer_not_after_timestamp_seconds", (("issuer", labels["issuer"]),)] > time.time()
    assert now["xica_site_certificate_not_after_timestamp_seconds", ()] > time.time()


def test_status_is_counted_as_kept_or_fresh(measured, account, web):
    issued = account.issue(["status.example.org"], web)
    request = ocsp.OCSPRequestBuilder().add_certificate(issued.leaf, issued.chain[1], hashes.SHA256()).build().public_bytes(serialization.Encoding.DER)
    before = _read_settled(measured)
    with requests.Session() as session:  # one connection: one front
        for _ in range(3):
            answer = session.post(f"http://localhost:{measured.http_port}/ocsp", data=request, headers={"Content-Type": "application/ocsp-request"}, timeout=10)
            assert answer.status_code == 200
    after = _read(measured)
    assert _moved(before, after, "xica_ocsp_responses_total", source="fresh") == 1
    assert _moved(before, after, "xica_ocsp_responses_total", source="kept") == 2
    assert _moved(before, after, "xica_signatures_total", kind="ocsp") == 1
    assert _moved(before, after, "xica_requests_total", endpoint="ocsp", code="200") == 3


def test_letters_are_counted(measured):
    before = _read_settled(measured)
    base = measured.directory_url.removesuffix("/acme/directory")
    answer = requests.post(f"{base}/api/sign-up", json={"address": "somebody@people.example", "password": "a long password of some words"},
                           headers={"Origin": base}, verify=str(measured.root_pem), timeout=20)
    assert answer.status_code == 200, answer.text
    _settled(measured, before, "xica_letters_total", 1, outcome="sent")


def test_gauges_say_how_it_is(measured):
    now = _read(measured)
    assert now["xica_database_bytes", ()] + now["xica_database_wal_bytes", ()] > 50000 and now["xica_database_writable", ()] == 1
    assert now["xica_role_up", (("role", "front"),)] == 2 and now["xica_role_up", (("role", "signer"),)] == 1
    assert now["xica_ready", ()] == 1 and now["xica_registrar_connected", (("peer", "validator"),)] == 1
    assert now["xica_orders_open", (("state", "processing"),)] == 0
    assert abs(now["xica_start_time_seconds", ()] - time.time()) < 600


def test_it_says_whether_it_lives_and_whether_it_can_issue(measured):
    assert requests.get(f"{measured.metrics_url}/healthz", timeout=5).text == "ok\n"
    assert wait_until(lambda: requests.get(f"{measured.metrics_url}/readyz", timeout=5).text == "ready\n", 5, "it is ready")


def test_a_ca_to_play_with_serves_them_where_a_port_is_named_and_says_so(workdir):
    port = free_port()
    with Xicad(workdir / "ca", resolve_all="127.0.0.1").start(extra=["--metrics-port", str(port)]) as ca:
        assert wait_until(lambda: requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).text == "ready\n", 5, "it is ready")
        assert "xica_role_up" in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        wait_until(lambda: f"http://127.0.0.1:{port}/metrics, /healthz and /readyz" in ca.log.read_text(), 5, "it says so")
        done = run([BUILD / "xicad", "--dev", workdir / "other", "--metrics-port", str(port), "--https-port", str(free_port()), "--http-port", str(free_port())], check=False)
        assert done.returncode == 1 and f"127.0.0.1:{port}" in done.stdout and "--metrics-port" in done.stdout


@pytest.mark.parametrize("method, path, status", [("GET", "/", 404), ("GET", "/acme/directory", 404), ("POST", "/metrics", 405), ("GET", "/metrics/x", 404)])
def test_nothing_else_is_there(measured, method, path, status):
    assert requests.request(method, measured.metrics_url + path, timeout=5).status_code == status


def test_a_role_that_died_is_counted_and_what_it_had_counted_stays(measured, account, web):
    account.issue(["before.example.org"], web)
    before = _settled(measured, {}, "xica_signatures_total", _read(measured)["xica_signatures_total", (("kind", "certificate"),)], kind="certificate")
    for role in ("signer", "registrar", "validator"):
        measured.kill(role)
    wait_until(lambda: requests.get(f"{measured.metrics_url}/readyz", timeout=5).status_code == 200, 20, "it is ready again", 0.1)
    after = _read(measured)
    for role in ("signer", "registrar", "validator"):
        assert _moved(before, after, "xica_role_restarts_total", role=role) == 1
        assert _moved(before, after, "xica_role_starts_total", role=role) == 1
    assert _moved(before, after, "xica_role_restarts_total", role="mailer") == 0
    told = measured.cli("health").stdout
    assert "Restarted: registrar 1 time, validator 1 time, signer 1 time" in told and "0 wait for a place" in told, told
    assert _moved(before, after, "xica_certificates_issued_total") >= 0
    account.issue(["after.example.org"], web)
    _settled(measured, after, "xica_signatures_total", 1, kind="certificate")


def _open(ca):
    now = _read(ca)
    return tuple(now["xica_orders_open", (("state", state),)] for state in ("pending", "ready", "processing"))


def test_open_orders_are_told_by_state_also_by_a_registrar_that_died(measured, account, web):
    time.sleep(1.2)
    pending, ready, processing = _open(measured)
    account.order(["stays-pending.example.org"])
    account.issue(["goes-through.example.org"], web)
    order = account.order(["becomes-ready.example.org"])
    order.prove_all(web)
    want = pending + 1, ready + 1, processing
    wait_until(lambda: _open(measured) == want, 5, f"{want} orders are open", 0.1)
    measured.kill("registrar")
    wait_until(lambda: requests.get(f"{measured.metrics_url}/readyz", timeout=5).status_code == 200, 20, "it is ready again", 0.1)
    time.sleep(1.2)
    assert _open(measured) == want
    order.certificate(make_csr(order.names))
    wait_until(lambda: _open(measured) == (pending + 1, ready, processing), 5, "the ready one is done", 0.1)


def test_a_registrar_that_hangs_is_said_and_a_scrape_waits_for_nobody(measured):
    registrar = measured.role_pids("registrar")[0]
    os.kill(registrar, signal.SIGSTOP)
    try:
        started = time.monotonic()
        _read(measured)
        assert time.monotonic() - started < 2
        unready = wait_until(lambda: (answer := requests.get(f"{measured.metrics_url}/readyz", timeout=5)).status_code == 503 and [answer], 20, "it isn't ready", 0.5)
        assert "registrar" in unready[0].text
        assert requests.get(f"{measured.metrics_url}/healthz", timeout=5).status_code == 200
    finally:
        os.kill(registrar, signal.SIGCONT)
    wait_until(lambda: requests.get(f"{measured.metrics_url}/readyz", timeout=5).status_code == 200, 20, "it is ready again", 0.1)


def test_no_name_of_anybody_is_in_the_numbers(measured, account, web):
    account.issue(["secret-name.example.org"], web)
    text = _text(measured)
    assert "secret-name" not in text and "example.org" not in text and "127.0.0.1" not in text


def test_a_scrape_is_cheap(measured):
    started = time.monotonic()
    with requests.Session() as session:
        for _ in range(50):
            assert session.get(f"{measured.metrics_url}/metrics", timeout=5).status_code == 200
    assert (time.monotonic() - started) / 50 < 0.1
