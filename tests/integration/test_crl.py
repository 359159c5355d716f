"""CRL shards: as many as the configuration says; each certificate names its own; the same data make the same list, however long it is."""
import os
import signal
import sqlite3
import time

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab import certs
from lab.acme_raw import Acme
from lab.configured import ConfiguredCa
from lab.process import run
from lab.rows import add_certificates
from lab.waiting import wait_until
from lab.webserver import Http01
from lab.xicad import Xicad

# XICA_CRL_ENTRIES=1000000 is what docs/performance.md speaks of.
ENTRIES = int(os.environ.get("XICA_CRL_ENTRIES", "100000"))


@pytest.fixture(scope="module")
def sharded(output):
    with ConfiguredCa(output / "sharded-ca", more="crl { shards = 3 }") as ca, Http01(ca.http01_port) as http01:
        ca.http01 = http01
        ca.account = Acme(ca.directory_url, ca.root_pem).new_account()
        yield ca


def _url(issued):
    (url,) = certs.crl_urls(issued.leaf)
    return url


def _one_of_each_shard(ca, name, shards=3):
    """Certificates, one for each shard, by their CRL's URL."""
    found = {}
    for _ in range(60):
        issued = ca.account.issue([name], ca.http01)
        found.setdefault(_url(issued), issued)
        if len(found) == shards:
            return found
    raise AssertionError(f"only {list(found)}")


def _crl(url):
    return x509.load_der_x509_crl(requests.get(url, timeout=20).content)


def _revoke(ca, issued, reason="superseded"):
    ca.cli("cert", "revoke", "--serial", f"{issued.leaf.serial_number:x}", "--reason", reason)
    wait_until(lambda: certs.is_revoked(issued.leaf), 10, "it stands on the CRL", 0.1)


def _pem(crls, path):
    path.write_text("".join(crl.public_bytes(serialization.Encoding.PEM).decode() for crl in crls))
    return path


def _reload(ca, more):
    ca.write(more)
    start = ca.log.stat().st_size
    ca.daemon.process.send_signal(signal.SIGHUP)
    ca.daemon.wait_for(r"xicad: reloaded$|msg=\"?reloaded", 20, start=start)


def test_a_revoked_certificate_is_on_the_list_that_it_names_and_on_no_other(sharded):
    issued = _one_of_each_shard(sharded, "shard.example.org")
    assert [url.rsplit("/", 1)[1] for url in sorted(issued)] == ["0.crl", "1.crl", "2.crl"]
    for one in issued.values():
        _revoke(sharded, one)
    for url, one in issued.items():
        on = {other for other in issued if _crl(other).get_revoked_certificate_by_serial_number(one.leaf.serial_number)}
        assert on == {url}


def test_each_list_says_for_whom_it_is_and_holds_for_all_reasons(sharded):
    for url in _one_of_each_shard(sharded, "idp.example.org"):
        point = _crl(url).extensions.get_extension_for_class(x509.IssuingDistributionPoint)
        assert point.critical and [name.value for name in point.value.full_name] == [url]
        assert point.value.only_some_reasons is None and not point.value.indirect_crl
        assert not point.value.only_contains_user_certs and not point.value.only_contains_ca_certs


@pytest.mark.parametrize("revoked", [False, True], ids=["good", "revoked"])
def test_openssl_and_gnutls_find_the_right_list_among_all(sharded, workdir, revoked):
    issued = _one_of_each_shard(sharded, f"{'bad' if revoked else 'good'}.example.org")
    if revoked:
        for one in issued.values():
            _revoke(sharded, one)
    above = certs.fetch_crl(next(iter(issued.values())).chain[1])
    crls = _pem([above, *map(_crl, issued)], workdir / "crls.pem")
    for url, one in issued.items():
        said = certs.openssl_verify(one, sharded.root_pem, workdir, ["-crl_check_all", "-extended_crl", "-x509_strict", "-CRLfile", crls])
        assert (said.returncode == 0, "certificate revoked" in said.stdout) == (not revoked, revoked), said.stdout
        chain = workdir / "chain.pem"
        chain.write_text("".join(map(certs.to_pem, one.chain)))
        own = _pem([above, _crl(url)], workdir / "own.pem")
        said = run(["certtool", "--verify", "--load-ca-certificate", sharded.root_pem, "--load-crl", own, "--infile", chain], check=False)
        verdict = said.stdout.partition("Chain verification output: ")[2]
        assert ("The certificate is trusted" in verdict, "revoked" in verdict) == (not revoked, revoked), said.stdout


def test_openssl_takes_no_other_shards_list_for_it(sharded, workdir):
    issued = _one_of_each_shard(sharded, "other.example.org")
    (url, one), *others = issued.items()
    crls = _pem([certs.fetch_crl(one.chain[1]), *(_crl(other) for other, _ in others)], workdir / "crls.pem")
    said = certs.openssl_verify(one, sharded.root_pem, workdir, ["-crl_check_all", "-extended_crl", "-CRLfile", crls])
    assert said.returncode != 0 and url not in [other for other, _ in others]


def test_certificates_keep_their_lists_when_there_are_fewer_or_more_of_them(sharded):
    before = _one_of_each_shard(sharded, "kept.example.org")
    _reload(sharded, "crl { shards = 1 }")
    now = {_url(sharded.account.issue(["kept.example.org"], sharded.http01)) for _ in range(6)}
    assert [url.rsplit("/", 1)[1] for url in now] == ["0.crl"]
    for one in before.values():
        _revoke(sharded, one)
    _reload(sharded, "crl { shards = 5 }")
    assert len(_one_of_each_shard(sharded, "more.example.org", 5)) == 5
    for one in before.values():
        assert certs.is_revoked(one.leaf)


def _same_but_for_its_dates_and_number(older, newer):
    """TBSCertList for TBSCertList, byte by byte."""
    def number(crl):
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert number(newer) > number(older) and max(number(newer), number(older)) < 128
    text = newer.tbs_certlist_bytes
    for name in ("last_update", "next_update"):
        old, new = (getattr(crl, name).strftime("%y%m%d%H%M%SZ").encode() for crl in (older, newer))
        text = text.replace(b"\x17\x0d" + new, b"\x17\x0d" + old, 1)
    extension = b"\x06\x03\x55\x1d\x14\x04\x03\x02\x01"
    return text.replace(extension + bytes([number(newer)]), extension + bytes([number(older)])) == older.tbs_certlist_bytes


def _age(ca):
    """Makes every list one that must be made anew at the next start."""
    database = sqlite3.connect(ca.directory / "db" / "xica.db")
    database.execute("UPDATE crl SET this_update = this_update - 700000, next_update = next_update - 700000")
    database.commit()
    database.close()


def _after(url, number, timeout):
    """The list, once it has a higher number than this."""
    def newer():
        answer = requests.get(url, timeout=20)
        if answer.status_code != 200:  # just started: the front has not been handed it yet
            return None
        crl = x509.load_der_x509_crl(answer.content)
        return (crl,) if crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > number else None
    return wait_until(newer, timeout, f"a newer {url}", 0.2)[0]


def test_a_very_long_list_is_whole_and_made_of_the_same_data_it_is_the_same(workdir):
    ca = Xicad(workdir / "ca", resolve_all="127.0.0.1")
    with ca.start(), Http01(ca.http01_port) as http01:
        issued = Acme(ca.directory_url, ca.root_pem).new_account().issue(["long.example.org"], http01)
        url = _url(issued)
        first = _after(url, 0, 20)
    revoked_at = int(time.time()) - 1000
    serials = add_certificates(ca.directory, issued.leaf.serial_number, ENTRIES, revoked=(revoked_at, 1))
    with ca.start():
        started = time.monotonic()
        long = _after(url, 1, 120)
        print(f"{ENTRIES} entries, {len(long.public_bytes(serialization.Encoding.DER))} bytes, out {time.monotonic() - started:.1f} s after the start")
        assert requests.get(url, timeout=20).status_code == 200
    listed = [f"{entry.serial_number:x}" for entry in long]
    assert len(listed) == ENTRIES and listed == sorted(listed, key=lambda serial: bytes.fromhex(serial.rjust(len(serial) + len(serial) % 2, "0")))
    assert {int(serial, 16) for serial in listed} == {int(serial, 16) for serial in serials}
    assert long.is_signature_valid(issued.chain[1].public_key()) and first.is_signature_valid(issued.chain[1].public_key())
    _age(ca)
    with ca.start():
        assert _same_but_for_its_dates_and_number(long, _after(url, 2, 120))
        assert ca.cli("audit", "verify", ca.directory / "audit.log").returncode == 0
