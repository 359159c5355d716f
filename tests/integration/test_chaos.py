"""`xicad --dev DIR --chaos`: what a server may do to its clients, on purpose, the same each time (docs/chaos.md)."""
import os
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest
import requests

from lab import certs
from lab.acme_raw import Account, Acme, challenge_of, problem
from lab.chaos import ChaoticCa, by_place, excuses
from lab.clients import Certbot, Lego
from lab.csr import make_csr
from lab.jws import Key, b64, external_account_binding
from lab.paths import BUILD
from lab.process import Failed, run
from lab.waiting import wait_until
from lab.webserver import Http01

# Each of the two runs makes so many certificates: XICA_CHAOS_ISSUANCES=50 is the whole of it, and takes a quarter of an hour.
ISSUANCES = int(os.environ.get("XICA_CHAOS_ISSUANCES", "2"))
ATTEMPTS_MOST = 15


# --- certbot and lego

def _persist(ca, client, names, nonce_retries, workdir):
    """Has the client try until it has a certificate; every attempt that failed must have been told to."""
    for attempt in range(ATTEMPTS_MOST):
        before = ca.decisions()[-1].number if ca.decisions() else 0
        try:
            issued = client.issue(names)
        except Failed as failed:
            assert excuses(ca.decisions(before), nonce_retries), f"{names} failed without a reason that the RFC allows:\n{failed}"
            continue
        assert certs.openssl_verify(issued, ca.root_pem, workdir, ["-x509_strict"]).returncode == 0
        assert sorted(certs.dns_names(issued.leaf)) == sorted(names)
        return attempt + 1
    raise AssertionError(f"{names} could not be had in {ATTEMPTS_MOST} attempts")


def _drive(directory, output):
    """One run with the seed 7. (lego asks for authorizations at once, in any order: with two names, what it gives up at first would be chance.)"""
    output.mkdir()
    with ChaoticCa(directory, seed=7, delay_ms=100) as ca:
        clients = [(Certbot(ca, output / "certbot"), 1), (Lego(ca, output / "lego"), 99)]
        attempts = 0
        for number in range(ISSUANCES):
            client, nonce_retries = clients[number % 2]
            client.eab = ca.eab
            domain = f"c{number}.example.org"
            names = [domain, f"conference.{domain}"] if number % 2 == 0 else [domain]
            attempts += _persist(ca, client, names, nonce_retries, output)
        return by_place(ca.decisions()), attempts


def test_certbot_and_lego_get_certificates_from_a_chaotic_ca_and_a_second_run_decides_the_same(workdir):
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(_drive, workdir / name, workdir / f"{name}-clients") for name in ("one", "two")]
        (first, attempts), (second, more) = [each.result() for each in runs]
    print(f"{ISSUANCES} issuances: {attempts} and {more} attempts, {sum(map(len, first.values()))} decisions at {len(first)} places")
    assert attempts == more
    assert first == second


# --- kinds, one by one, with a client that bends for none

def _serving(directory, *args, **kwargs):
    with ChaoticCa(directory, *args, **kwargs) as ca, Http01(ca.http01_port) as http01:
        ca.http01 = http01
        ca.acme = Acme(ca.directory_url, ca.root_pem)
        yield ca


@pytest.fixture(scope="module")
def refusing(output):
    """Nothing but refusals."""
    yield from _serving(output / "chaos-refusing", "nonce,busy,date", delay_ms=3000)


@pytest.fixture(scope="module")
def slow(output):
    """No refusals: late, put off, in another order, with several chains and profiles."""
    yield from _serving(output / "chaos-slow", "delay,processing,shuffle,pages,chains,profile,eab")


@pytest.fixture(scope="module")
def breaking(output):
    yield from _serving(output / "chaos-breaking", "drop,expire")


def _bound_account(ca):
    key = Key()
    kid, mac = ca.eab
    return ca.acme.new_account(key, externalAccountBinding=external_account_binding(key, kid, mac, ca.acme.directory["newAccount"]))


@pytest.fixture(scope="module")
def answers(refusing):
    """400 answers to the same question, and what was decided about each."""
    key = Key()
    opened = wait_until(lambda: refusing.acme.post_jwk(refusing.acme.directory["newAccount"], {"termsOfServiceAgreed": True}, key), 5, "an account", 0)
    account = Account(refusing.acme, key, opened.headers["Location"])
    return [(account.read(account.url), time.time()) for _ in range(400)]


def test_a_share_of_good_nonces_is_refused_and_each_time_there_is_a_fresh_one(answers):
    refused = [answer for answer, _ in answers if answer.status_code == 400]
    assert 20 <= len(refused) <= 80
    for answer in refused:
        problem(answer, "badNonce", 400)
        assert answer.headers["Replay-Nonce"]


def test_nobody_is_refused_more_than_twice_in_a_row(answers):
    in_a_row = 0
    for answer, _ in answers:
        in_a_row = 0 if answer.status_code == 200 else in_a_row + 1
        assert in_a_row <= 2


def test_whoever_is_to_come_later_hears_when_in_both_forms(answers):
    busy = [(answer, at) for answer, at in answers if answer.status_code in (429, 503)]
    assert {answer.status_code for answer, _ in busy} == {429, 503}
    forms, bodies = set(), set()
    for answer, at in busy:
        value = answer.headers["Retry-After"]
        forms.add("seconds" if value.isdigit() else "date")
        wait = int(value) if value.isdigit() else parsedate_to_datetime(value).timestamp() - at
        assert 0 <= wait <= 5, value
        bodies.add((answer.status_code, bool(answer.content)))
        if answer.content:
            problem(answer, "rateLimited" if answer.status_code == 429 else "serverInternal")
        else:
            assert "Content-Type" not in answer.headers
    assert forms == {"seconds", "date"}
    assert bodies == {(429, True), (503, True), (503, False)}


def test_every_refusal_stands_in_the_log(answers, refusing):
    logged = [decision for decision in refusing.decisions() if decision.place == "account account#1"]
    assert [decision.time for decision in logged if decision.does in ("refuse", "nothing")] == list(range(1, 401))
    statuses = {"badNonce": 400, "429": 429, "503": 503, "503-without-body": 503, None: 200}
    assert [statuses[decision["as"]] for decision in logged if decision.does in ("refuse", "nothing")] == [answer.status_code for answer, _ in answers]


def test_an_account_needs_the_key_that_is_told_at_the_start_and_everybody_may_use_it(slow):
    assert slow.acme.directory["meta"]["externalAccountRequired"] is True
    url, key = slow.acme.directory["newAccount"], Key()
    problem(slow.acme.post_jwk(url, {"termsOfServiceAgreed": True}, key), "externalAccountRequired", 403)
    kid, mac = slow.eab
    wrong = external_account_binding(key, kid, mac[:-2] + ("AA" if mac[-2:] != "AA" else "BA"), url)
    problem(slow.acme.post_jwk(url, {"termsOfServiceAgreed": True, "externalAccountBinding": wrong}, key), "unauthorized")
    assert _bound_account(slow).url != _bound_account(slow).url


def _in_turn(number, *urls):
    return urls[number % len(urls)]


def test_an_order_is_not_ready_while_a_challenge_is_still_processing(slow):
    account = _bound_account(slow)
    for number in range(20):
        name, before = f"early{number}.example.org", slow.decisions()[-1].number
        order = account.order([name])
        shown = order.json()
        challenge = challenge_of(account.json(shown["authorizations"][0]))
        slow.http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
        assert account.post(challenge["url"], {}).status_code == 200
        if any(decision.does == "processing" for decision in slow.decisions(before)):
            break
    problem(account.post(shown["finalize"], {"csr": b64(make_csr([name]))}), "orderNotReady", 403)
    assert account.json(order.url)["status"] == "pending"


def test_challenges_and_orders_are_processing_for_as_many_polls_as_was_decided(slow):
    account, polled = _bound_account(slow), {"challenge": set(), "order": set()}
    for number in range(12):
        name, before = f"slow{number}.example.org", slow.decisions()[-1].number
        order = account.order([name])
        url = order.json()["authorizations"][0]
        challenge = challenge_of(account.json(url))
        slow.http01.answers[challenge["token"]] = account.key.key_authorization(challenge["token"])
        assert account.post(challenge["url"], {}).json()["status"] == "processing"
        heard = 0
        while account.json(_in_turn(number, url, challenge["url"], order.url))["status"] in ("pending", "processing"):
            heard += 1
        polls = sum(int(decision["polls"]) for decision in slow.decisions(before) if decision.does == "processing")
        assert heard == polls
        polled["challenge"].add(polls)
        assert order.json()["status"] == "ready"
        assert account.json(url)["status"] == "valid"
        before = slow.decisions()[-1].number
        state, heard = order.finalize(make_csr([name])).json(), 0
        while state["status"] == "processing":
            assert "certificate" not in state
            state = order.json()
            heard += 1
        assert state["status"] == "valid" and order.download(state["certificate"]).leaf
        polls = sum(int(decision["polls"]) for decision in slow.decisions(before) if decision.does == "processing")
        assert heard == (polls + 1 if polls else 0)
        polled["order"].add(polls)
    assert polled == {"challenge": {0, 1, 2, 3}, "order": {0, 1, 2, 3}}


def test_lists_come_in_any_order_and_lose_nothing(slow):
    account, names = _bound_account(slow), [f"{letter}.shuffle.example.org" for letter in "abc"]
    order = account.order(names)
    seen, urls = set(), set()
    for _ in range(15):
        shown = order.json()
        assert sorted(identifier["value"] for identifier in shown["identifiers"]) == names
        seen.add(tuple(identifier["value"] for identifier in shown["identifiers"]))
        urls.add(tuple(shown["authorizations"]))
    assert len(seen) > 2 and len(urls) > 2 and len({frozenset(each) for each in urls}) == 1
    kinds = [tuple(challenge["type"] for challenge in account.json(next(iter(urls))[0])["challenges"]) for _ in range(10)]
    assert len(set(kinds)) > 2 and len({frozenset(each) for each in kinds}) == 1


def test_an_answer_is_as_late_as_the_log_says(slow):
    account = _bound_account(slow)
    late = []
    for _ in range(30):
        before, signed = slow.decisions()[-1].number, account.signed(account.url, None)
        started = time.monotonic()
        assert slow.acme.send(account.url, signed).status_code == 200
        took = time.monotonic() - started
        late += [(int(decision["ms"]) / 1000, took) for decision in slow.decisions(before) if decision.does == "delay"]
    assert late and all(decided <= took + 0.02 for decided, took in late), late  # the loop's clock is that of the moment at which it woke


def test_orders_come_by_three_to_a_page(slow):
    account = _bound_account(slow)
    made = {account.order([f"page{number}.example.org"]).url for number in range(7)}
    url, pages = account.json(account.url)["orders"], []
    while url:
        answer = account.read(url)
        pages.append(answer.json()["orders"])
        url = answer.links.get("next", {}).get("url")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {order for page in pages for order in page} == made


def test_there_are_two_chains_and_either_may_be_the_default(slow, workdir):
    account, defaults = _bound_account(slow), set()
    for number in range(8):
        issued = account.issue([f"chain{number}.example.org"], slow.http01)
        links = [link[link.index("<") + 1:link.index(">")] for link in issued.links if "alternate" in link]
        assert len(links) == 1
        other = certs.Issued(account.read(links[0]).text)
        assert other.leaf == issued.leaf and {len(issued.chain), len(other.chain)} == {2, 3}
        assert certs.Issued(account.read(links[0]).text).chain == other.chain, "a URL goes on to mean one chain"
        for chain in (issued, other):
            assert certs.openssl_verify(chain, slow.root_pem, workdir, ["-x509_strict"]).returncode == 0
        defaults.add(len(issued.chain))
    assert defaults == {2, 3}


def test_an_order_without_a_profile_gets_any_and_one_with_a_profile_gets_that(slow):
    account = _bound_account(slow)
    assert {account.order([f"any{number}.example.org"]).json()["profile"] for number in range(20)} == {"xmpp-server", "serverauth", "shortlived"}
    for number in range(6):
        assert account.order([f"this{number}.example.org"], profile="serverauth").json()["profile"] == "serverauth"


def test_a_connection_closes_at_finalize_and_the_order_goes_on(breaking):
    account, dropped, went_on = breaking.acme.new_account(), 0, 0
    for _ in range(60):
        before = breaking.decisions()[-1].number
        order = account.order(["drop.example.org"])
        if order.json()["status"] == "pending":
            order.prove_all(breaking.http01)
        try:
            order.finalize(make_csr(["drop.example.org"]))
        except requests.ConnectionError:
            dropped += 1
            shown, decided = order.settled(), {decision.does for decision in breaking.decisions(before)}
            assert "drop" in decided and shown["status"] == ("invalid" if "expire" in decided else "valid")
            if shown["status"] == "valid":
                assert order.download(shown["certificate"]).leaf
                went_on += 1
        else:
            assert "drop" not in {decision.does for decision in breaking.decisions(before)}
    assert dropped >= went_on > 0


def test_an_authorization_may_end_between_ready_and_finalize(breaking):
    account, ended = breaking.acme.new_account(), 0
    for _ in range(60):
        order = account.order(["expire.example.org"])
        if order.json()["status"] == "pending":
            order.prove_all(breaking.http01)
        authorization = order.json()["authorizations"][0]
        try:
            answer = order.finalize(make_csr(["expire.example.org"]))
        except requests.ConnectionError:
            continue
        if answer.status_code == 200:
            continue
        problem(answer, "orderNotReady", 403)
        assert order.json()["status"] == "invalid"
        assert account.json(authorization)["status"] == "expired"
        ended += 1
    logged = [decision for decision in breaking.decisions() if decision.does == "expire" and "expire.example.org" in decision.place]
    assert ended and ended <= len(logged)


# --- the command line

@pytest.mark.parametrize("words, says", [
    (["-c", "/nowhere", "--chaos"], "--dev"), (["-c", "/nowhere", "--strict"], "--dev"), (["--dev", "d", "--seed", "7"], "--chaos"),
    (["--dev", "d", "--chaos=luck"], "kinds"), (["--dev", "d", "--chaos=nonce,-drop"], "kinds"), (["--dev", "d", "--chaos", "--seed", "x"], "number"),
    (["--dev", "d", "--chaos", "--chaos-delay-ms", "10001"], "number")], ids=" ".join)
def test_a_wrong_command_line_is_refused(words, says, workdir):
    done = run([BUILD / "xicad", *words], check=False, cwd=workdir)
    assert done.returncode == 2 and says in done.stdout
    assert not (workdir / "d").exists()
