"""The operator's commands on a running CA: certificates, accounts, orders, blocked keys."""
import hashlib
import json
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab import certs
from lab.acme_raw import problem
from lab.csr import make_csr, new_key
from lab.jws import Key, external_account_binding
from lab.process import run
from lab.paths import BUILD
from lab.waiting import wait_until


@pytest.fixture
def xica(ca):
    """`xica WORDS… --json` on the shared CA, its answer read."""
    def ask(*words):
        return json.loads(ca.cli(*words, "--json").stdout)
    return ask


def _serial(leaf):
    return f"{leaf.serial_number:x}".rjust(len(f"{leaf.serial_number:x}") + len(f"{leaf.serial_number:x}") % 2, "0")


def _number(account):
    return account.url.rsplit("/", 1)[1]


def _state(xica, leaf):
    return xica("cert", "show", _serial(leaf))["status"]


def _spki(key):
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _refused(ca, *words, code=1):
    done = ca.cli(*words, check=False)
    assert done.returncode == code, done.stdout
    return done.stdout


# --- cert list, cert show

def test_certificates_are_listed_by_name_account_and_serial(xica, account, http01, domain):
    leaf = account.issue([domain, f"www.{domain}"], http01).leaf
    for words in (["--name", f"WWW.{domain}"], ["--account", _number(account)], ["--serial", _serial(leaf)], ["--name", f"_xmpp-server.{domain}"]):
        found = xica("cert", "list", *words)["certificates"]
        assert [one["serial"] for one in found] == [_serial(leaf)], words
        assert {domain, f"www.{domain}"} <= set(found[0]["names"]) and found[0]["status"] == "issued"
    assert xica("cert", "list", "--name", f"none.{domain}")["certificates"] == []


def test_a_list_goes_on_at_its_cursor_newest_first(ca, xica, account, http01, domain):
    issued = [_serial(account.issue([domain], http01).leaf) for _ in range(3)]
    first = xica("cert", "list", "--name", domain, "--limit", "2")
    assert [one["serial"] for one in first["certificates"]] == issued[:0:-1]
    rest = xica("cert", "list", "--name", domain, "--limit", "2", "--after", first["next"])
    assert [one["serial"] for one in rest["certificates"]] == issued[:1] and rest["next"] is None
    assert f"--after {first['next']}" in ca.cli("cert", "list", "--name", domain, "--limit", "2").stdout


def test_a_certificate_is_shown_with_its_pem_however_its_serial_is_written(ca, account, http01, domain):
    leaf = account.issue([domain], http01).leaf
    serial = _serial(leaf)
    colons = ":".join(re.findall("..", serial)).upper()
    for written in (serial, colons, f"00{serial}"):
        assert x509.load_pem_x509_certificate(ca.cli("cert", "show", written, "--pem").stdout.encode()) == leaf
    assert domain in ca.cli("cert", "show", serial).stdout
    assert "no certificate with this serial" in _refused(ca, "cert", "show", "0abc")
    assert "SERIAL must be a serial number: hexadecimal" in _refused(ca, "cert", "show", "xyz", code=2)


# --- cert revoke

def test_a_revoked_certificate_is_on_the_crl_within_seconds_with_its_reason(ca, xica, account, http01, domain):
    leaf = account.issue([domain], http01).leaf
    assert xica("cert", "revoke", "--serial", _serial(leaf), "--reason", "superseded")["revoked"] == [_serial(leaf)]
    wait_until(lambda: certs.is_revoked(leaf), 10, "the serial stands on the CRL", 0.2)
    entry = certs.fetch_crl(leaf).get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.superseded
    shown = xica("cert", "show", _serial(leaf))
    assert shown["status"] == "revoked" and shown["reason"] == "superseded" and shown["revoked_at"]
    assert ca.cli("cert", "revoke", "--serial", _serial(leaf)).stdout == "Nothing is left to revoke: 1 revoked already, 0 expired.\n"


@pytest.mark.parametrize("reason", ["unspecified", "cessationOfOperation", "affiliationChanged", "privilegeWithdrawn"])
def test_every_reason_reaches_the_crl(ca, account, http01, domain, reason):
    leaf = account.issue([domain], http01).leaf
    ca.cli("cert", "revoke", "--serial", _serial(leaf), "--reason", reason)
    wait_until(lambda: certs.is_revoked(leaf), 10, "the serial stands on the CRL", 0.2)


def test_more_than_one_certificate_is_asked_about_first(ca, xica, account, http01, domain):
    leaves = [account.issue([domain], http01).leaf for _ in range(2)]
    words = [BUILD / "xica", "cert", "revoke", "--account", _number(account), "--dev", ca.directory]
    for answer in ("n\n", ""):
        done = run(words, stdin=answer, check=False)
        assert done.returncode == 1 and "revokes 2 certificates" in done.stdout and "nothing was revoked" in done.stdout
    assert [_state(xica, leaf) for leaf in leaves] == ["issued", "issued"]
    assert "2 certificates are revoked" in run(words, stdin="y\n").stdout
    assert [_state(xica, leaf) for leaf in leaves] == ["revoked", "revoked"]


def test_revocation_by_name_takes_all_that_have_it_and_nothing_else(xica, account, http01, domain):
    with_name = [account.issue(names, http01).leaf for names in ([domain], [domain, f"www.{domain}"])]
    other = account.issue([f"www.{domain}"], http01).leaf
    done = xica("cert", "revoke", "--name", domain, "--yes")
    assert set(done["revoked"]) == {_serial(leaf) for leaf in with_name}
    assert _state(xica, other) == "issued"


def test_a_compromised_key_is_blocked_and_its_other_certificates_are_revoked(acme, xica, account, http01, domain):
    key, bystander = new_key(), account.issue([domain], http01).leaf
    leaf = account.issue([domain], http01, key=key).leaf
    stranger = acme.new_account()
    twin = stranger.issue([f"twin.{domain}"], http01, key=key).leaf
    done = xica("cert", "revoke", "--serial", _serial(leaf), "--reason", "keyCompromise", "--yes")
    assert set(done["revoked"]) == {_serial(leaf), _serial(twin)}
    assert _state(xica, bystander) == "issued"
    assert xica("cert", "show", _serial(twin))["reason"] == "keyCompromise"
    wait_until(lambda: certs.is_revoked(twin), 10, "the twin stands on the CRL", 0.2)
    problem(account.order([domain]).prove_all(http01).finalize(make_csr([domain], key)), "badCSR", 400)


def test_revocation_by_key_takes_all_of_the_key_and_blocks_it_only_when_compromised(xica, account, http01, domain):
    key = new_key()
    leaves = [account.issue([name], http01, key=key).leaf for name in (domain, f"www.{domain}")]
    done = xica("cert", "revoke", "--key", _serial(leaves[0]), "--reason", "superseded", "--yes")
    assert set(done["revoked"]) == {_serial(leaf) for leaf in leaves}
    assert account.issue([domain], http01, key=key).leaf


@pytest.mark.parametrize("words", [["--name", "never.issued.example"], ["--account", "999999"]])
def test_where_there_never_was_a_certificate_that_is_said(ca, words):
    for verb in ("revoke", "renew-now"):
        assert "there is no such certificate" in _refused(ca, "cert", verb, *words)


@pytest.mark.parametrize("words, said", [
    (["revoke"], "one of --serial, --name, --account, --key"),
    (["revoke", "--serial", "01", "--name", "a.example"], "one of --serial"),
    (["revoke", "--serial", "01", "--reason", "boredom"], "keyCompromise"),
    (["revoke", "--account", "x"], "no account's number"),
    (["list", "--serial", "01", "--account", "1"], "exclude one another"), (["list", "--serial", "01", "--limit", "2"], "exclude one another"),
    (["list", "--limit", "0"], "--limit wants"),
    (["revoke", "--account", "1", "--profile", "shortlived", "--yes"], "revoke takes no --profile; it takes --serial, --name, --account, --key, --reason, --yes"),
    (["revoke", "--account", "1", "--expires-before", "2026-01-01", "--yes"], "takes no --expires-before"),
    (["revoke", "--name", "a.example", "--name", "b.example", "--yes"], "--name is given twice"),
    (["revoke", "--serial", "01", "--serial", "02"], "--serial is given twice"),
    (["list", "--issuer", "a"], "list takes no --issuer"),
    (["list", "surplus"], "list takes no 'surplus'"),
    (["list", "-c", "x"], "-c and --dev exclude one another"),
    (["show"], "show SERIAL: which one?"), ([], "There is: list, show SERIAL, issue, renew-now, revoke"), (["lost"], "there is no 'lost'; there is: list")])
def test_what_is_not_understood_is_told_and_nothing_is_done(ca, words, said):
    assert said in _refused(ca, "cert", *words, code=2)


# --- account, order

def test_a_suspended_account_is_refused_until_it_is_resumed(ca, xica, account, domain):
    number = _number(account)
    assert xica("account", "suspend", number)["status"] == "suspended"
    problem(account.new_order([domain]), "unauthorized", 403)
    problem(account.acme.post_jwk(account.acme.directory["newAccount"], {"onlyReturnExisting": True}, account.key), "unauthorized", 403)
    assert "suspended already" in _refused(ca, "account", "suspend", number)
    assert xica("account", "resume", number)["status"] == "valid"
    assert account.new_order([domain]).status_code == 201


def test_an_account_that_its_holder_closed_is_not_opened_again(ca, account):
    assert account.post(account.url, {"status": "deactivated"}).status_code == 200
    assert "deactivated already" in _refused(ca, "account", "resume", _number(account))


def test_accounts_are_listed_page_by_page_and_shown(ca, xica, acme):
    accounts = [acme.new_account(contact=[f"mailto:op{n}@example.org"]) for n in range(2)]
    first, second = (int(_number(account)) for account in accounts)
    page = xica("account", "list", "--after", str(first - 1), "--limit", "1") if first > 1 else xica("account", "list", "--limit", "1")
    assert [one["id"] for one in page["accounts"]] == [first] and page["next"] == first
    assert xica("account", "list", "--after", str(first))["accounts"][0]["id"] == second
    assert xica("account", "show", str(second))["contacts"] == ["mailto:op1@example.org"]
    assert "op1@example.org" in ca.cli("account", "show", str(second)).stdout
    assert "no such account" in _refused(ca, "account", "show", "999999")


def test_accounts_are_filtered_by_status_and_time(xica, acme):
    kept, suspended = (int(_number(acme.new_account())) for _ in range(2))
    xica("account", "suspend", str(suspended))
    def ids(*words):
        return [one["id"] for one in xica("account", "list", "--after", str(kept - 1) if kept > 1 else "1", *words)["accounts"]]
    assert ids("--status", "suspended") == [suspended] and kept in ids("--status", "valid") and ids("--status", "deactivated") == []
    assert {kept, suspended} <= set(ids("--since", "2026-01-01")) and ids("--until", "2026-01-01") == []


@pytest.fixture(name="listed")
def listed_fixture(xica, acme):
    """The numbers of listed accounts; what other tests of the shared CA open before is left out."""
    before = int(_number(acme.new_account()))
    def ids(*words):
        after = [] if "--after" in words else ["--after", str(before)]
        return [one["id"] for one in xica("account", "list", *after, *words)["accounts"]]
    return ids


def test_accounts_are_found_by_a_name_that_they_have_or_had_a_certificate_for(ca, xica, acme, listed, http01, domain):
    holder, former, other = (acme.new_account() for _ in range(3))
    for account in (holder, holder, former):
        leaf = account.issue([domain, f"www.{domain}"], http01).leaf
    other.issue([f"other.{domain}"], http01)
    xica("cert", "revoke", "--serial", _serial(leaf), "--reason", "superseded")
    both = [int(_number(holder)), int(_number(former))]
    assert listed("--name", domain) == both and listed("--name", f"WWW.{domain}") == both and listed("--name", f"_xmpp-server.{domain}") == both
    assert listed("--name", f"x.{domain}") == []
    page = xica("account", "list", "--name", domain, "--limit", "1")
    assert [one["id"] for one in page["accounts"]] == both[:1] and page["next"] == both[0]
    assert f"--after {both[0]}" in ca.cli("account", "list", "--name", domain, "--limit", "1").stdout
    assert listed("--name", domain, "--after", str(both[0])) == both[1:]
    xica("account", "suspend", _number(former))
    assert listed("--name", domain, "--status", "suspended") == both[1:]
    assert "--name must be a name" in _refused(ca, "account", "list", "--name", "ü" * 80 + ".example", code=2)


def test_accounts_are_found_by_a_part_of_a_contact(ca, acme, listed):
    one, two, three = (acme.new_account(contact=[f"mailto:hostmaster{n}@Contact.example", "mailto:plain@example.org"]) for n in range(3))
    assert listed("--contact", "hostmaster1@contact.example") == [int(_number(two))]
    assert listed("--contact", "@CONTACT.") == [int(_number(account)) for account in (one, two, three)]
    assert listed("--contact", "nobody@contact.example") == [] and listed("--contact", "x" * 300) == []
    assert "There are no such accounts." in ca.cli("account", "list", "--contact", "nobody@contact.example").stdout


def test_an_account_is_found_by_the_thumbprint_of_its_key_and_by_what_opened_it(ca, xica, acme, listed):
    made = xica("account", "eab", "create")
    key = Key()
    account = acme.new_account(key, externalAccountBinding=external_account_binding(key, made["kid"], made["hmac_key"], acme.directory["newAccount"]))
    plain = int(_number(acme.new_account()))
    number = [int(_number(account))]
    assert listed("--thumbprint", key.thumbprint()) == number and listed("--eab", made["kid"]) == number
    assert listed("--eab", made["kid"], "--thumbprint", Key().thumbprint()) == [] and listed("--thumbprint", key.thumbprint(), "--status", "deactivated") == []
    assert plain not in listed("--eab", made["kid"])
    for bad in ("abc", "*" * 43, key.thumbprint() + "AAAA"):
        assert "--thumbprint must be" in _refused(ca, "account", "list", "--thumbprint", bad, code=2)
    assert "no person's number" in _refused(ca, "account", "list", "--person", "juliet", code=2)


def test_an_order_is_shown_with_what_its_proof_failed_for(ca, xica, account, domain):
    order = account.order([domain])
    authorization = order.json()["authorizations"][0]
    challenge = next(one for one in account.json(authorization)["challenges"] if one["type"] == "http-01")
    account.post(challenge["url"], {})
    account.settled(authorization)
    number = order.url.rsplit("/", 1)[1]
    shown = xica("order", "show", number)
    assert shown["status"] == "invalid" and shown["authorizations"][0]["name"] == domain
    failed = next(one for one in shown["authorizations"][0]["challenges"] if one["type"] == "http-01")
    assert failed["status"] == "invalid" and failed["error"]["detail"]
    assert failed["error"]["detail"] in ca.cli("order", "show", number).stdout
    assert "no such order" in _refused(ca, "order", "show", "999999")


# --- block

def test_a_blocked_key_is_refused_at_finalize(xica, account, http01, domain):
    key = new_key()
    assert xica("block", "add", "--spki", _spki(key), "--reason", "found in a shop")["added"] is True
    assert xica("block", "add", "--spki", _spki(key))["added"] is False
    order = account.order([domain]).prove_all(http01)
    problem(order.finalize(make_csr([domain], key)), "badCSR", 400)
    assert {"found in a shop"} == {one["reason"] for one in xica("block", "list")["keys"] if one["spki_sha256"] == _spki(key)}
    assert order.certificate(make_csr([domain])).leaf


def test_the_key_of_a_certificate_file_is_blocked_and_its_certificates_are_named(ca, xica, account, http01, domain, workdir):
    key = new_key()
    leaf = account.issue([domain], http01, key=key).leaf
    (workdir / "leaf.pem").write_text(certs.to_pem(leaf))
    assert _serial(leaf) in ca.cli("block", "add", "--cert", workdir / "leaf.pem").stdout
    assert _spki(key) in [one["spki_sha256"] for one in xica("block", "list", "--limit", "1000")["keys"]]
    assert _state(xica, leaf) == "issued"
    (workdir / "none.pem").write_text("nothing")
    assert "is no certificate" in _refused(ca, "block", "add", "--cert", workdir / "none.pem")
    assert "64 hexadecimal digits" in _refused(ca, "block", "add", "--spki", "abcd", code=2)


def test_what_the_operator_did_stands_in_the_log(ca, xica, account, http01, domain):
    leaf = account.issue([domain], http01).leaf
    xica("cert", "revoke", "--serial", _serial(leaf), "--reason", "superseded")
    xica("account", "suspend", _number(account))
    log = ca.log.read_text()
    assert f'msg="the operator revokes a certificate" serial={_serial(leaf)} reason=superseded' in log
    assert f'msg="is changed by the operator to suspended" account={_number(account)}' in log


# --- cert issue: by the operator's word

def test_a_certificate_by_the_operators_word_stands_in_the_audit_log_as_that(ca, xica, domain, workdir):
    key = new_key()
    (workdir / "csr.der").write_bytes(make_csr([domain, f"www.{domain}"], key))
    answer = xica("cert", "issue", "--csr", workdir / "csr.der")
    leaf = x509.load_pem_x509_certificate(answer["pem"].encode())
    assert set(answer["names"]) == {domain, f"www.{domain}"} and _spki(leaf) == _spki(key)
    shown = xica("cert", "show", answer["serial"])
    assert shown["status"] == "issued" and shown["account"] is None and shown["order"] is None and {domain, f"www.{domain}"} <= set(shown["names"])
    lines = [json.loads(line) for line in (ca.directory / "audit.log").read_text().splitlines()]
    issued = next(line for line in lines if line.get("serial") == answer["serial"] and line["kind"] == "issue")
    assert {one["method"] for one in issued["identifiers"]} == {"operator"}
    wait_until(lambda: '"command":"cert-issue"' in (ca.directory / "audit.log").read_text(), 5, "the act is noted", 0.1)
    assert "account  none" in ca.cli("cert", "show", answer["serial"]).stdout and "no account" in ca.cli("cert", "list", "--serial", answer["serial"]).stdout
    assert "BEGIN CERTIFICATE" in ca.cli("cert", "issue", "--csr", workdir / "csr.der", "--profile", "shortlived").stdout


def test_the_operators_word_gives_names_that_the_request_does_not_have(ca, xica, domain, workdir):
    key, names = new_key(), [domain, f"www.{domain}"]
    (workdir / "nameless").write_bytes(make_csr([], key))
    (workdir / "one").write_bytes(make_csr([domain], key))
    for csr in ("nameless", "one"):
        answer = xica("cert", "issue", "--csr", workdir / csr, *[word for name in names for word in ("--name", name)])
        leaf = x509.load_pem_x509_certificate(answer["pem"].encode())
        assert set(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)) == set(names)
        assert set(names) <= set(xica("cert", "show", answer["serial"])["names"]) and _spki(leaf) == _spki(key)
    assert ca.cli("audit", "certificates").returncode == 0


@pytest.mark.parametrize("words, code, said", [
    ([], 2, "--csr is missing"), (["--csr", "nowhere"], 1, "No such file"), (["--csr", "{csr}", "--profile", "bogus"], 2, "no profile"),
    (["--csr", "{csr}", "--name", "other.example.org"], 1, "is none of the names that the operator vouches for"), (["--csr", "{none}"], 1, "no certificate signing request"),
    (["--csr", "{nameless}"], 2, "The request has none: --name")])
def test_what_can_not_be_issued_is_told(ca, domain, workdir, words, code, said):
    (workdir / "csr").write_bytes(make_csr([domain]))
    (workdir / "none").write_text("nothing")
    (workdir / "nameless").write_bytes(make_csr([]))
    words = [word.format(csr=workdir / "csr", none=workdir / "none", nameless=workdir / "nameless") for word in words]
    assert said in _refused(ca, "cert", "issue", *words, code=code)


def test_who_can_not_read_the_receipts_key_can_vouch_for_nothing(ca, domain, workdir):
    (workdir / "csr").write_bytes(make_csr([domain]))
    key = ca.directory / "receipt.key"
    kept = key.read_bytes()
    try:
        key.unlink()
        assert "can vouch for names" in _refused(ca, "cert", "issue", "--csr", workdir / "csr")
        key.write_bytes(bytes(32))  # another's
        assert "not written by this CA's validator" in _refused(ca, "cert", "issue", "--csr", workdir / "csr")
    finally:
        key.write_bytes(kept)
        key.chmod(0o600)


# --- filters

def test_lists_of_certificates_and_orders_are_filtered(ca, xica, account, http01, domain):
    first, second = (account.issue([domain], http01, **members).leaf for members in ({}, {"profile": "shortlived"}))
    xica("cert", "revoke", "--serial", _serial(first))
    mine = ["--name", domain]
    def serials(*words):
        return [one["serial"] for one in xica("cert", "list", *mine, *words)["certificates"]]
    assert serials() == [_serial(second), _serial(first)]
    assert serials("--status", "revoked") == [_serial(first)] and serials("--profile", "shortlived") == [_serial(second)]
    assert serials("--status", "revoked", "--profile", "shortlived") == []
    assert serials("--account", _number(account), "--status", "issued") == [_serial(second)]
    expires = second.not_valid_after.strftime("%Y-%m-%d")
    assert serials("--expires-before", "2000-01-01") == [] and serials("--since", "2000-01-01", "--until", "2001-01-01") == []
    assert serials("--since", "2026-01-01") == [_serial(second), _serial(first)] and serials("--expires-before", f"{expires}T23:59:59Z") == [_serial(second)]
    orders = xica("order", "list", *mine)["orders"]
    assert [one["serial"] for one in orders] == [_serial(second), _serial(first)] and orders[0]["names"] == [domain]
    assert xica("order", "list", *mine, "--status", "valid", "--limit", "1")["next"] == orders[0]["id"]
    assert [one["id"] for one in xica("order", "list", *mine, "--after", str(orders[0]["id"]))["orders"]] == [orders[1]["id"]]
    assert xica("order", "list", *mine, "--profile", "shortlived")["orders"][0]["id"] == orders[0]["id"]
    assert xica("order", "list", "--account", _number(account), "--status", "invalid")["orders"] == []
    assert domain in ca.cli("order", "list", *mine).stdout
