"""Renewal information and `replaces` (RFC 9773): what clients are told of when to renew, and that a certificate is replaced once."""
import contextlib
import datetime
import sqlite3

import pytest

from lab import certs, persistent
from lab.acme_raw import Acme, problem
from lab.csr import make_csr
from lab.jws import b64
from lab.race import at_once
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


def _ask(acme, certificate_id):
    return acme.get(f"{acme.directory['renewalInfo']}/{certificate_id}")


def _time(text):
    assert text.endswith("Z"), text
    return datetime.datetime.fromisoformat(text[:-1])


def _window(acme, leaf):
    answer = _ask(acme, certs.renewal_id(leaf))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert 60 <= int(answer.headers["Retry-After"]) <= 86400
    assert "Replay-Nonce" not in answer.headers
    document = answer.json()
    start, end = (_time(document["suggestedWindow"][name]) for name in ("start", "end"))
    assert start < end
    return start, end, document


@pytest.fixture
def issued(account, http01, domain):
    return account.issue([domain], http01)


def test_a_certificate_is_to_be_renewed_when_a_third_of_its_life_is_left(acme, issued):
    leaf = issued.leaf
    start, end, document = _window(acme, leaf)
    life = leaf.not_valid_after - leaf.not_valid_before
    assert abs(start - (leaf.not_valid_before + life * 2 / 3)) < datetime.timedelta(minutes=1)
    assert leaf.not_valid_after - end > life / 4
    assert "explanationURL" not in document
    assert _window(acme, leaf)[2] == document


def test_a_short_lived_one_is_to_be_renewed_when_half_of_its_life_is_over(acme, account, http01, domain):
    leaf = account.issue([domain], http01, profile="shortlived").leaf
    start, _, _ = _window(acme, leaf)
    life = leaf.not_valid_after - leaf.not_valid_before
    assert life < datetime.timedelta(days=7)
    assert abs(start - (leaf.not_valid_before + life / 2)) < datetime.timedelta(minutes=1)


def test_what_is_no_certificate_of_ours_is_told_as_a_problem(acme, issued):
    key_id, serial = certs.renewal_id(issued.leaf).split(".")
    for text in ("x", "x.y", f"{key_id}.", f"{key_id}={serial}", f"{key_id}.{serial}.{serial}", f"{key_id}.AA{serial}"):
        problem(_ask(acme, text.replace("=", "~")), "malformed", 400)
    for text in (f"{key_id}.AQ", f"{b64(b'another authority!!!')}.{serial}"):
        problem(_ask(acme, text), "malformed", 404)
    assert acme.session.post(f"{acme.directory['renewalInfo']}/{key_id}.{serial}", timeout=20).status_code == 405


def test_a_revoked_certificate_is_to_be_renewed_at_once(acme, account, issued):
    assert _window(acme, issued.leaf)[1] > datetime.datetime.utcnow()
    assert account.post(acme.directory["revokeCert"], {"certificate": certs.to_der64(issued.leaf)}).status_code == 200
    start, end, _ = _window(acme, issued.leaf)
    assert start < end <= datetime.datetime.utcnow()


def test_the_operator_calls_for_renewal_ahead_of_a_revocation(ca, acme, account, http01, domain):
    mine, other = account.issue([domain], http01).leaf, account.issue([f"other.{domain}"], http01).leaf
    before = _window(acme, mine)
    ca.cli("cert", "renew-now", "--name", domain, "--explanation", "https://ca.example/incident?n=1")
    start, end, document = _window(acme, mine)
    assert start < end <= datetime.datetime.utcnow()
    assert document["explanationURL"] == "https://ca.example/incident?n=1"
    assert _window(acme, other)[1] > datetime.datetime.utcnow()
    assert ca.cli("cert", "renew-now", "--name", domain, "--withdraw").stdout.startswith("1 certificate ")
    assert _window(acme, mine) == before
    wait_until(lambda: "cert-renew-now" in (ca.directory / "audit.log").read_text(), 10, "the audit log tells of it", 0.1)


def test_all_certificates_of_an_account_or_an_issuer_are_called_portion_by_portion(ca, acme, account, http01, domain):
    leaves = [account.issue([f"n{n}.{domain}"], http01).leaf for n in range(3)]
    number = account.url.rsplit("/", 1)[1]
    assert '"marked": 3' in ca.cli("cert", "renew-now", "--account", number, "--json").stdout
    for leaf in leaves:
        assert _window(acme, leaf)[1] <= datetime.datetime.utcnow()
    issuer = ca.cli("cert", "show", f"{leaves[0].serial_number:x}", "--json").stdout.split('"issuer": "')[1].split('"')[0]
    assert '"marked": 3' in ca.cli("cert", "renew-now", "--account", number, "--withdraw", "--json").stdout
    marked = int(ca.cli("cert", "renew-now", "--issuer", issuer, "--json").stdout.split('"marked": ')[1].split(",")[0].split("\n")[0])
    assert marked >= 3
    assert _window(acme, leaves[2])[1] <= datetime.datetime.utcnow()
    ca.cli("cert", "renew-now", "--issuer", issuer, "--withdraw")
    assert _window(acme, leaves[2])[1] > datetime.datetime.utcnow()


@pytest.mark.parametrize("words, code", [
    (["--name", "nothing.xmpp.example"], 1), (["--issuer", "ffffffffffffffff"], 1), (["--serial", "ab"], 1),
    (["--serial", "ab", "--name", "a.example"], 2), ([], 2), (["--serial", "ab", "--explanation", "x", "--withdraw"], 2),
    (["--serial", "ab", "--explanation", "http://a.example/"], 2), (["--serial", "ab", "--explanation", "https://a.example/\"x"], 2)])
def test_a_call_that_means_nothing_is_refused(ca, words, code):
    assert ca.cli("cert", "renew-now", *words, check=False).returncode == code


def test_an_order_says_which_certificate_it_replaces_and_one_order_alone_may(account, http01, issued, domain):
    replaces = certs.renewal_id(issued.leaf)
    order = account.order([domain], replaces=replaces)
    assert order.json()["replaces"] == replaces
    again = account.order([domain], replaces=replaces)
    assert again.url == order.url, "the same request has the same answer"
    problem(account.new_order([domain, f"more.{domain}"], replaces=replaces), "alreadyReplaced", 409)
    plain = account.order([domain])
    assert plain.url != order.url
    assert "replaces" not in plain.json()
    order.prove_all(http01)
    order.certificate(make_csr([domain]))
    assert order.json()["replaces"] == replaces
    problem(account.new_order([domain], replaces=replaces), "alreadyReplaced", 409)


def _renewed(ca):
    """So far; the site's own numbers may be a minute old."""
    with contextlib.closing(sqlite3.connect(f"file:{ca.directory}/db/xica.db?mode=ro", uri=True, timeout=10)) as database:
        return database.execute("SELECT coalesce(sum(value), 0) FROM statistic WHERE what = 'renewed'").fetchone()[0]


def test_a_certificate_that_replaces_one_of_other_names_is_counted_as_renewed(ca, account, http01, domain):
    old = account.issue([domain, f"a.{domain}"], http01).leaf
    before = _renewed(ca)
    account.issue([f"a.{domain}", f"b.{domain}"], http01)
    assert _renewed(ca) == before, "it lacks a name, and says nothing"
    account.issue([f"a.{domain}", f"c.{domain}"], http01, replaces=certs.renewal_id(old))
    assert _renewed(ca) == before + 1


def test_of_many_orders_at_once_one_replaces(account, issued, domain):
    replaces = certs.renewal_id(issued.leaf)
    answers = at_once([lambda n=n: account.new_order([domain, f"n{n}.{domain}"], replaces=replaces) for n in range(12)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, "alreadyReplaced", 409)


def test_an_order_that_ends_invalid_frees_the_certificate(account, issued, domain):
    replaces = certs.renewal_id(issued.leaf)
    order = account.order([domain, f"new.{domain}"], replaces=replaces)
    problem(account.new_order([domain], replaces=replaces), "alreadyReplaced", 409)
    for url in order.json()["authorizations"]:
        authorization = account.json(url)
        if authorization["status"] == "pending":
            assert account.post(url, {"status": "deactivated"}).status_code == 200
    assert order.json()["status"] == "invalid"
    assert account.order([domain], replaces=replaces).json()["replaces"] == replaces


def test_what_may_not_be_replaced_is_refused_and_says_why(acme, account, http01, issued, domain):
    replaces = certs.renewal_id(issued.leaf)
    for bad in (5, "", None, "x", "x.y", f"{replaces}=", replaces.split(".")[0] + ".AQ"):
        problem(account.new_order([domain], replaces=bad), "malformed", 400)
    problem(account.new_order([f"other-{domain}"], replaces=replaces), "malformed", 400)
    problem(acme.new_account().new_order([domain], replaces=replaces), "malformed", 400)
    assert account.new_order([f"more.{domain}", domain], replaces=replaces).status_code == 201


def test_a_revoked_certificate_can_be_replaced(acme, account, issued, domain):
    assert account.post(acme.directory["revokeCert"], {"certificate": certs.to_der64(issued.leaf)}).status_code == 200
    assert account.order([domain], replaces=certs.renewal_id(issued.leaf)).json()["replaces"] == certs.renewal_id(issued.leaf)


@pytest.mark.parametrize("point", ["registrar:after-prepare", "registrar:after-certificate-commit", "signer:after-sign"])
def test_a_crash_leaves_a_certificate_replaced_by_the_order_that_replaced_it(workdir, point):
    """Whatever dies on the way to the new certificate: the old one is replaced by it, and by nothing else."""
    with Xicad(workdir / "ca", resolve_all="127.0.0.1") as running, Http01(running.http01_port) as web:
        account = Acme(running.directory_url, running.root_pem).new_account()
        old = account.issue(["a.example.org"], web).leaf
        running.stop()
        running.start(extra=["--crash-at", point])
        account.acme.session.close()
        account.acme = Acme(running.directory_url, running.root_pem)
        order = account.order(["a.example.org"], replaces=certs.renewal_id(old))
        assert persistent.finish(order, make_csr(["a.example.org"]))
        problem(account.new_order(["a.example.org"], replaces=certs.renewal_id(old)), "alreadyReplaced", 409)
        new = order.download(order.json()["certificate"]).leaf
        database = sqlite3.connect(f"file:{running.directory}/db/xica.db?mode=ro", uri=True)
        rows = database.execute("SELECT serial FROM certificate WHERE replaced_by = ?",
                                [new.serial_number.to_bytes((new.serial_number.bit_length() + 7) // 8, "big")]).fetchall()
        assert [int.from_bytes(row[0], "big") for row in rows] == [old.serial_number]
