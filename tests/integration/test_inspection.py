"""`xica audit certificates` and `xica audit verify`: both pass on a CA that nobody touched, and both fail after one byte of the log, or one row, was changed by hand."""
import base64
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from lab import certs
from lab.acme_raw import Acme
from lab.csr import make_csr
from lab.jws import Key, flattened
from lab.paths import BUILD
from lab.process import run
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad


def _serial(leaf):
    text = f"{leaf.serial_number:x}"
    return text.rjust(len(text) + len(text) % 2, "0")


def _change_key(account):
    new, url = Key(), account.acme.directory["keyChange"]
    inner = flattened(new, {"alg": new.algorithm, "jwk": new.jwk(), "url": url}, {"account": account.url, "oldKey": account.key.jwk()})
    assert account.post(url, inner).status_code == 200
    account.key = new


@pytest.fixture(scope="module")
def past(output, nameserver):
    """The folder of a CA that stopped, after issuances by three accounts (one changed its key), and revocations by ACME and by the operator."""
    directory = output / "inspection" / "ca"
    directory.parent.mkdir(parents=True)
    ca = Xicad(directory, dns=nameserver.endpoint, trust_anchor=nameserver.trust_anchor)
    with ca, Http01(ca.http01_port) as http01:
        acme = Acme(ca.directory_url, ca.root_pem)
        first, second = acme.new_account(), acme.new_account()
        leaves = [first.issue([f"i{n}.xmpp.example"], http01).leaf for n in range(3)]
        second.issue(["two.xmpp.example", "www.two.xmpp.example"], http01)
        order = first.order(["i3.xmpp.example"]).prove_all(http01)
        _change_key(first)
        leaves.append(order.certificate(make_csr(["i3.xmpp.example"])).leaf)
        revocation = {"certificate": certs.to_der64(leaves[1]), "reason": 4}
        assert first.post(acme.directory["revokeCert"], revocation).status_code == 200
        ca.cli("cert", "revoke", "--serial", _serial(leaves[2]), "--reason", "superseded")
        wait_until(lambda: json.loads(ca.cli("health", "--json").stdout)["waiting"]["notes"] == 0, 10, "all notes stand in the log", 0.1)
        time.sleep(1.5)  # the CRL of the revocations is made within a second
        running = _look(directory)
        assert running["right"], running["findings"]
    return directory


@pytest.fixture
def ca(past, workdir):
    """A copy of it, to be spoilt."""
    shutil.copytree(past, workdir / "ca", ignore=shutil.ignore_patterns("control.sock"))
    return workdir / "ca"


def _look(directory):
    done = run([BUILD / "xica", "audit", "certificates", "--json", "--dev", directory], check=False, timeout=60)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["right"] else 1)
    return answer


def _found(directory):
    return {one["finding"] for one in _look(directory)["findings"]}


def _found_by_both(directory):
    """After a row was changed: by `xica audit verify` too, though it looks at the rows alone. What the other found."""
    done = run([BUILD / "xica", "audit", "verify", "--json", "--dev", directory], check=False, timeout=60)
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["whole"] and answer["rows_known"] and answer["finding_count"] > 0
    found = _found(directory)
    assert {one["finding"] for one in answer["findings"]} <= found
    return found


def _verify(directory):
    return run([BUILD / "xica", "audit", "verify", "--dev", directory], check=False, timeout=60)


def _sql(directory, *statements):
    with sqlite3.connect(directory / "db" / "xica.db") as database:
        for statement in statements:
            changed = database.execute(statement)
            assert changed.rowcount != 0, f"nothing to change: {statement}"


def _lines(directory):
    return (directory / "audit.log").read_bytes().splitlines()


def _rewrite(directory, change):
    """Changes lines (dicts without previous and digest), and makes the whole chain anew, as one who knows how would."""
    previous, out = "0" * 64, []
    for line in change([json.loads(line) for line in _lines(directory)]):
        line = {"previous": previous, **{k: v for k, v in line.items() if k not in ("previous", "digest")}}
        body = json.dumps(line, separators=(",", ":"), ensure_ascii=False)[:-1].encode()
        whole = body + b',"digest":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
        previous = hashlib.sha256(whole).hexdigest()
        out.append(whole)
    (directory / "audit.log").write_bytes(b"".join(line + b"\n" for line in out))


def _take_for_the_end(directory):
    """As one who rewrites the log and can write the database too: it knows the new end of the log."""
    log = (directory / "audit.log").read_bytes()
    _sql(directory, f"UPDATE audit_head SET size = {len(log)}, hash = '{hashlib.sha256(log.splitlines()[-1]).hexdigest()}'")


def _change_issue(directory, change, at=0):
    """Changes one line of issuance, and what the database knows of the log's end."""
    def lines(all_lines):
        issues = [line for line in all_lines if line["kind"] == "issue" and any(i["method"] != "operator" for i in line["identifiers"])]
        change(issues[at])
        return all_lines
    _rewrite(directory, lines)
    _take_for_the_end(directory)


# --- what is right

def test_a_ca_that_nobody_touched_is_right_and_its_seals_were_verified(past):
    answer = _look(past)
    assert answer["right"] and answer["findings"] == []
    assert answer["certificates"] == 6 and answer["revocations"] == 2 and answer["accounts"] == 2 and answer["receipts"] >= 12
    assert answer["seals_not_verified"] == 0 and answer["without_evidence"] == 0
    verified = _verify(past)
    assert verified.returncode == 0 and "ends where the database says" in verified.stdout
    said = run([BUILD / "xica", "audit", "certificates", "--dev", past]).stdout
    assert "6 certificates" in said and "all is right" in said


def test_each_kind_of_act_has_its_line(past):
    kinds = {json.loads(line)["kind"] for line in _lines(past)}
    assert {"start", "issue", "revoke", "operator", "crl", "ocsp-responder"} >= kinds >= {"start", "issue", "revoke", "operator", "crl"}
    revoked = [json.loads(line) for line in _lines(past) if json.loads(line)["kind"] == "revoke"]
    assert [line["reason"] for line in revoked] == [4, 4]
    assert revoked[0]["by"].startswith("account ") and revoked[1]["by"] == f"uid {os.getuid()} (control socket)"


def test_without_the_receipts_key_the_chain_alone_stands_for_the_receipts_and_that_is_said(ca):
    (ca / "receipt.key").unlink()
    answer = _look(ca)
    assert answer["right"] and answer["seals_not_verified"] == 6
    plain, strict = (run([BUILD / "xica", "audit", "certificates", *words, "--dev", ca], check=False) for words in ([], ["--seals"]))
    assert (plain.returncode, strict.returncode) == (0, 1) and "all is right but for the seals" in plain.stdout and plain.stdout == strict.stdout


def test_certificates_of_an_issuer_that_was_retired_are_its_own_still(ca):
    index = ca / "ca" / "ca.json"
    content = json.loads(index.read_text())
    run([BUILD / "xica", "ca", "init", "--dir", ca / "ca", "--new-intermediate"])
    issuers = json.loads(index.read_text())
    assert len(issuers["issuers"]) == len(content["issuers"]) + 1
    issuers["issuers"] = issuers["issuers"][:1]
    index.write_text(json.dumps(issuers))
    assert _look(ca)["right"]
    for path in (ca / "ca" / "certificates").glob("issuer-*"):
        if content["issuers"][0]["id"] in path.name:
            path.unlink()
    assert _found(ca) >= {"issuer"}


def test_a_log_written_by_the_rewriter_of_these_tests_is_good(ca):
    _rewrite(ca, lambda lines: lines)
    assert (ca / "audit.log").read_bytes() and _look(ca)["right"] and _verify(ca).returncode == 0


# --- the log

def test_any_changed_byte_of_the_log_is_found_by_both(ca):
    log = ca / "audit.log"
    whole = log.read_bytes()
    starts = [0] + [i + 1 for i, byte in enumerate(whole[:-1]) if byte == 10]
    issue = next(s for s in starts if b'"kind":"issue"' in whole[s:s + 400])
    spots = {"previous": 15, "time": 90, "kind": 120, "in an issuance": issue + 400, "its evidence": whole.index(b'"receipts"', issue) + 30,
             "its certificate": whole.index(b'"certificate"', issue) + 100, "a line feed": starts[3] - 1, "the last line": len(whole) - 100,
             "its last digit": len(whole) - 4, "a digest": starts[5] - 30}
    for name, at in spots.items():
        for flip in (1, 0x80):
            log.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1:])
            assert _verify(ca).returncode == 1, name
            assert not _look(ca)["right"], name
    log.write_bytes(whole)
    assert _look(ca)["right"]


@pytest.mark.parametrize("byte, shown", [(0xb0, "\\xb0"), (0x1b, "\\u001b"), (0x9b, "\\x9b"), (0x0a, "\\u000a")])
def test_what_a_changed_log_says_reaches_a_terminal_escaped_and_json_whole(ca, byte, shown):
    def change(line):
        der = bytearray(base64.b64decode(line["certificate"]))
        der[der.rindex(b".xmpp.example") + 2] = byte
        line["certificate"] = base64.b64encode(der).decode()
    _change_issue(ca, change)
    for verb in ("verify", "certificates"):
        for words in ([], ["--json"]):
            done = subprocess.run([BUILD / "xica", "audit", verb, *words, "--dev", ca], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            said = done.stdout.decode()  # or it is no UTF-8
            assert done.returncode == 1 and all(one.isprintable() or one == "\n" for one in said)
            assert shown in (said if not words else json.loads(said)["findings"][0]["text"] + said.replace("\\\\", "\\"))
            if words:
                answer = json.loads(said)
                assert answer["finding_count"] == len(answer["findings"]) > 0


@pytest.mark.parametrize("lines", [1, 3])
def test_lines_cut_off_at_the_end_are_missed(ca, lines):
    log = ca / "audit.log"
    kept = _lines(ca)
    while json.loads(kept[-1])["kind"] not in ("issue", "crl"):
        kept.pop()
    log.write_bytes(b"".join(line + b"\n" for line in kept[:-lines]))
    verified = _verify(ca)
    assert verified.returncode == 1 and "cut off" in verified.stdout
    assert "log-cut" in _found(ca)


def test_a_log_that_was_made_anew_is_not_the_one_the_database_knows(ca):
    _rewrite(ca, lambda lines: [{**lines[0], "version": "0.0.0"}, *lines[1:]])
    assert _verify(ca).returncode == 1
    assert _found(ca) == {"log-chain"}


@pytest.mark.parametrize("change, found", [
    (lambda evidence: evidence["receipts"].pop(0), "receipt-missing"),
    (lambda evidence: evidence["receipts"].pop(1), "caa-missing"),
    (lambda evidence: evidence["receipts"].clear(), "receipt-missing"),
    (lambda evidence: evidence["receipts"].__setitem__(0, evidence["receipts"][0][:-6] + "AAAAA="), "receipt-seal"),
    (lambda evidence: evidence.__setitem__("checked", "2031-01-01T00:00:00Z"), "receipt-expired"),
    (lambda evidence: evidence.__setitem__("checked", "2020-01-01T00:00:00Z"), "receipt-expired"),
    (lambda evidence: evidence["finalize"].__setitem__("signature", "A" * 86), "finalize"),
    (lambda evidence: evidence["finalize"].__setitem__("payload", "e30"), "finalize"),
    (lambda evidence: evidence["account_key"].__setitem__("kty", "oct"), "account-key")],
    ids=["receipt taken out", "CAA receipt taken out", "no receipts", "seal", "later", "earlier", "signature", "payload", "account's key"])
def test_evidence_that_does_not_bear_a_name_is_found_however_well_the_log_was_made_anew(ca, change, found):
    _change_issue(ca, lambda line: change(line["evidence"]))
    assert _verify(ca).returncode == (1 if found == "finalize" else 0)  # that request stands in the order's row too
    assert found in _found(ca)


def test_another_lines_evidence_is_none_for_this_certificate(ca):
    def swap(lines):
        issues = [line for line in lines if line["kind"] == "issue"]
        issues[-1]["evidence"], issues[-2]["evidence"] = issues[-2]["evidence"], issues[-1]["evidence"]
        return lines
    _rewrite(ca, swap)
    _take_for_the_end(ca)
    assert {"csr", "receipt-missing"} <= _found(ca)


def test_evidence_that_is_gone_altogether_is_missed(ca):
    _change_issue(ca, lambda line: line.pop("evidence"), at=2)
    assert "evidence-missing" in _found(ca)


def test_an_issuance_or_a_revocation_that_left_the_log_is_missed(ca):
    for kind in ("issue", "revoke"):
        def without(lines, kind=kind):
            lines.remove([line for line in lines if line["kind"] == kind][-1])
            return lines
        _rewrite(ca, without)
        _take_for_the_end(ca)
        assert "not-in-log" in _found(ca)


def test_an_issuance_that_stands_there_twice_is_found(ca):
    def doubled(lines):
        return [*lines, [line for line in lines if line["kind"] == "issue"][0]]
    _rewrite(ca, doubled)
    assert "serial-twice" in _found(ca)


def test_a_change_of_an_accounts_key_that_it_did_not_sign_is_found_by_both(ca):
    _sql(ca, "UPDATE key_change SET jws = replace(jws, 'signature', 'signatura')")
    assert "key-change" in _found_by_both(ca)
    _sql(ca, "DELETE FROM key_change")
    assert "account" in _found_by_both(ca)


# --- the database

@pytest.mark.parametrize("change", [
    "serial = x'0102030405'", "account_id = 2", "account_id = NULL", "order_id = 99", "order_id = NULL", "issuer = 'another'", "shard = 7", "profile = 'shortlived'",
    "not_before = not_before + 1", "not_after = not_after + 1", "status = 1", "status = 3", "status = 4", "status = 4, revoked_at = not_before + 4000, on_crl = 1",
    "revoked_at = not_before", "reason = 1", "on_crl = 1", "spki_sha256 = zeroblob(32)", "names = names || char(10) || 'more.example'", "names = 'other.example'",
    "tbs = x'3000'", "der = x'3000'", "der = CAST(der || x'00' AS BLOB)", "id = 77", "noticed = 1", "made = made + 90000"])
def test_each_changed_column_of_a_certificate_is_found(ca, change):
    _sql(ca, f"UPDATE certificate SET {change} WHERE id = (SELECT min(id) FROM certificate WHERE status = 2 AND account_id = 1)")
    assert _found_by_both(ca)


@pytest.mark.parametrize("change", ["status = 2", "status = 2, revoked_at = 0, reason = 0, on_crl = 0", "revoked_at = revoked_at + 1", "reason = 1", "on_crl = 0"])
def test_each_changed_column_of_a_revocation_is_found(ca, change):
    _sql(ca, f"UPDATE certificate SET {change} WHERE id = (SELECT min(id) FROM certificate WHERE status = 4)")
    assert _found_by_both(ca)


def test_a_row_that_is_gone_or_put_in_is_found_by_both(ca):
    _sql(ca, "DELETE FROM certificate WHERE id = (SELECT max(id) FROM certificate)")
    assert "not-in-database" in _found_by_both(ca)
    _sql(ca, "INSERT INTO certificate (serial, issuer, shard, profile, not_before, not_after, status, spki_sha256, names, tbs, der)"
             " SELECT x'aabbccdd', issuer, shard, profile, not_before, not_after, 2, spki_sha256, names, tbs, der FROM certificate WHERE id = 1")
    assert {"not-in-log", "not-in-database"} <= _found_by_both(ca)


def test_rows_of_the_index_of_names_that_are_gone_or_put_in_are_found_by_both(ca):
    _sql(ca, "DELETE FROM certificate_name WHERE name = 'two.xmpp.example'")
    assert _found_by_both(ca) == {"name-index"}
    _sql(ca, "INSERT INTO certificate_name SELECT 'strange.example', min(id) FROM certificate", "INSERT INTO certificate_name SELECT 'two.xmpp.example', 3")
    assert _found_by_both(ca) == {"name-index"}


def test_a_crl_that_the_log_does_not_tell_of_is_found_by_both(ca):
    _sql(ca, "UPDATE crl SET der = CAST(der || x'00' AS BLOB) WHERE number = (SELECT max(number) FROM crl)")
    assert _found_by_both(ca) == {"crl"}


def test_verify_says_what_differs_in_lines_for_people(ca):
    verified = _verify(ca)
    assert verified.returncode == 0 and verified.stdout.endswith(" lines, ends where the database says, and 6 certificates are as it tells\n")
    _sql(ca, "UPDATE certificate SET profile = 'shortlived' WHERE id = (SELECT max(id) FROM certificate)")
    verified = _verify(ca)
    found, order, last = verified.stdout.splitlines()
    assert verified.returncode == 1 and "profile" in found and found.endswith("(row-differs)") and order.endswith("(order)")
    assert last.endswith("; the database is not as it tells: 2 findings")


def test_verify_of_a_file_reads_the_log_alone(ca):
    _sql(ca, "UPDATE certificate SET der = x'3000'")
    done = run([BUILD / "xica", "audit", "verify", "--dev", ca, ca / "audit.log"], check=False)
    assert done.returncode == 0 and done.stdout.endswith(" lines\n")


def test_verify_says_that_rows_were_not_looked_at_where_the_database_can_not_be_read(ca):
    (ca / "db" / "xica.db").rename(ca / "db" / "elsewhere.db")
    verified = _verify(ca)
    assert verified.returncode == 0 and "lines; the database's rows were not looked at: " in verified.stdout and "No such file" in verified.stdout
    answer = json.loads(run([BUILD / "xica", "audit", "verify", "--json", "--dev", ca]).stdout)
    assert answer["whole"] and not answer["end_known"] and not answer["rows_known"] and "No such file" in answer["rows_detail"]


def test_verify_needs_neither_the_folder_of_issuers_nor_the_key_of_receipts(ca):
    (ca / "receipt.key").unlink()
    shutil.rmtree(ca / "ca")
    assert "6 certificates are as it tells" in _verify(ca).stdout


def test_the_summary_says_what_is_wrong_in_lines_for_people(ca):
    _sql(ca, "UPDATE certificate SET der = x'3000' WHERE id = (SELECT max(id) FROM certificate)")
    done = run([BUILD / "xica", "audit", "certificates", "--dev", ca], check=False)
    assert done.returncode == 1 and "(row-differs)" in done.stdout and "finding" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("words, code, said", [
    (["certificates", "surplus"], 2, "certificates takes no 'surplus'"), (["certify"], 2, "there is:"), (["certificates", "--dev", "nowhere"], 1, "nowhere")])
def test_what_it_can_not_look_at_is_told(workdir, words, code, said):
    done = run([BUILD / "xica", "audit", *words], check=False, cwd=workdir)
    assert done.returncode == code and said in done.stdout
