"""What the page for developers tells software to do with the roots and a certificate, run as it stands there: by a CA whose second root has followed the first."""
import html
import re
import shutil

import pytest

from lab import certs
from lab.acme_raw import Acme
from lab.paths import BUILD
from lab.process import run
from lab.webserver import Http01
from lab.xicad import Xicad

_SUDO = "#!/bin/sh\nexec \"$@\"\n"
_UPDATE = """#!/bin/sh
exec /usr/sbin/update-ca-certificates --localcertsdir '{home}/local' --etccertsdir '{home}/etc' --certsconf '{home}/conf' --hooksdir '{home}/hooks'
"""


@pytest.fixture(name="ca", scope="module")
def ca_fixture(output):
    """With two roots; issued: a certificate under the newer one, older: one under the older."""
    with Xicad(output / "two-roots", resolve_all="127.0.0.1") as running:
        with Http01(running.http01_port) as http01:
            running.older = Acme(running.directory_url, running.root_pem).new_account().issue(["older.example"], http01)
        running.stop()
        run([BUILD / "xica", "ca", "init", "--new-root", "--no-passphrase", "--dir", running.directory / "ca"])
        older_root = running.root_pem.read_text()
        running.start()
        roots = output / "two-roots.pem"
        roots.write_text(older_root + running.root_pem.read_text())
        with Http01(running.http01_port) as http01:
            running.roots = roots
            acme = Acme(running.directory_url, roots)
            running.issued = acme.new_account().issue(["newer.example"], http01)
        page = acme.get(running.directory_url.replace("/acme/directory", "/developers")).text
        running.authorities = acme.get(running.directory_url.replace("/acme/directory", "/api/public/authorities")).json()["authorities"]
        running.blocks = [html.unescape(block) for block in re.findall(r"<pre data-copy><code>(.*?)</code></pre>", page, re.S)]
        yield running


@pytest.fixture(name="desk")
def desk_fixture(ca, workdir):
    """shell(WORDS): runs the block of the page that has them, on somebody's machine: their home, their system's folders, and nothing of ours. It begins with the roots."""
    for folder in ("bin", "local", "etc", "hooks", ".pki/nssdb"):
        (workdir / folder).mkdir(parents=True)
    (workdir / "conf").write_text("# none of the distribution's\n")
    for name, text in (("sudo", _SUDO), ("update-ca-certificates", _UPDATE.format(home=workdir))):
        (workdir / "bin" / name).write_text(text)
        (workdir / "bin" / name).chmod(0o755)

    def shell(words):
        [block] = [block for block in ca.blocks if words in block]
        block = block.replace("/usr/local/share/ca-certificates", str(workdir / "local")).replace("-cacerts", f"-keystore {workdir}/keystore")
        return run(["sh", "-eu", "-c", block], cwd=workdir, env={"HOME": workdir, "PATH": f"{workdir}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}).stdout

    shell.home = workdir
    shell.said = shell("curl -fo")
    return shell


def roots_of(ca):
    return [authority["pem"] for authority in ca.authorities if authority["root"]]


def test_the_roots_are_fetched_and_parted_and_their_fingerprints_are_those_of_the_page(ca, desk):
    assert len(roots_of(ca)) == 2
    assert [certs.to_pem(certs.load_chain(path.read_text())[0]) for path in sorted(desk.home.glob("xica-root-*.crt"))] == roots_of(ca)
    said = re.findall(r"(?i)fingerprint=([0-9A-F:]+)", desk.said)
    assert [text.replace(":", "").lower() for text in said] == [authority["sha256"] for authority in ca.authorities if authority["root"]]


def test_the_whole_ca_old_and_new_comes_as_pkcs7(ca, desk):
    shown = Acme(ca.directory_url, ca.roots).get(ca.directory_url.replace("/acme/directory", "/ca.p7b"))
    assert shown.headers["Content-Type"] == "application/x-pkcs7-certificates"
    (desk.home / "ca.p7b").write_bytes(shown.content)
    held = certs.load_chain(run(["openssl", "pkcs7", "-inform", "DER", "-print_certs", "-in", desk.home / "ca.p7b"]).stdout)
    assert len(held) >= 3 and {one.serial_number for one in held} == {certs.load_chain(authority["pem"])[0].serial_number for authority in ca.authorities}


def test_debians_store_accepts_certificates_of_both_roots_afterwards(ca, desk):
    desk("update-ca-certificates")
    for number, issued in enumerate((ca.older, ca.issued)):
        chain = desk.home / f"{number}.pem"
        chain.write_text(issued.chain_pem)
        for store in (["-CApath", desk.home / "etc", "-no-CAfile"], ["-CAfile", desk.home / "etc" / "ca-certificates.crt", "-no-CApath"]):
            run(["openssl", "verify", "-no-CAstore", *store, "-untrusted", chain, chain])


def test_nss_trusts_both_roots_for_servers_afterwards(ca, desk):
    database = f"sql:{desk.home}/.pki/nssdb"
    run(["certutil", "-N", "-d", database, "--empty-password"])
    desk("certutil")
    listed = re.findall(r"^(xica-root-\d+)\s+(\S+)\s*$", run(["certutil", "-L", "-d", database]).stdout, re.M)
    assert sorted(listed) == [("xica-root-0", "C,,"), ("xica-root-1", "C,,")]
    kept = [run(["certutil", "-L", "-d", database, "-a", "-n", name]).stdout for name, _ in sorted(listed)]
    assert [certs.load_chain(text) for text in kept] == [certs.load_chain(pem) for pem in roots_of(ca)]


@pytest.mark.skipif(not shutil.which("keytool"), reason="there is no Java on this machine")
def test_java_has_both_roots_afterwards(ca, desk):
    desk("keytool")
    listed = run(["keytool", "-list", "-rfc", "-keystore", desk.home / "keystore", "-storepass", "changeit"]).stdout
    assert sorted(certificate.serial_number for certificate in certs.load_chain(listed)) == sorted(certs.load_chain(pem)[0].serial_number for pem in roots_of(ca))


def test_a_certificate_is_checked_against_its_crl_by_the_line_of_the_page(ca, desk):
    leaf, *above = certs.load_chain(ca.issued.chain_pem)
    (desk.home / "cert.pem").write_text(certs.to_pem(leaf))
    (desk.home / "chain.pem").write_text("".join(certs.to_pem(certificate) for certificate in above))
    assert "cert.pem: OK" in desk("-crl_check")
