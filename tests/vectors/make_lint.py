#!/usr/bin/python3
"""Writes tests/vectors/lint: certificates that break one rule each, good ones, and a manifest that says which is which.

    tests/vectors/make_lint.py

The manifest has a line for each file: name, what it is judged as (server, ca, or a profile), the rules that it breaks (- for none),
and the section in which the first one stands. A certificate that has not changed keeps its file, signature and all; the signatures
themselves say nothing, since the linter does not look at them.
"""
import pathlib

from x509der import *  # noqa: F403 - the pieces that a certificate is made of

FOLDER = pathlib.Path(__file__).parent / "lint"
VECTORS = []  # (file, judged as, rules, section, certificate)


def vector(file, rules, section, fields=None, judged="server", start=good, outer=None, tail=b"", **extensions):
    """A changed certificate. An extension that is None is left out."""
    certificate = start()
    certificate.fields.update(fields or {})
    certificate.extensions.update(extensions)
    certificate.extensions = {key: value for key, value in certificate.extensions.items() if value is not None}
    certificate.outer, certificate.tail = outer, tail
    VECTORS.append((file, judged, rules, section, certificate))


def fine(file, **changes):
    vector(file, "-", "-", **changes)


def subject(*rdns):
    return {"subject": name(*rdns)}


def san(*names):
    return alt_names(dns("example.org"), *names)


NO_HOST = subject(rdn(CN, utf8("XMPP server")))
RSA_KEY = {"spki": rsa_spki(modulus(2048))}


def good_ones():
    fine("good-server")
    fine("good-server-profile", judged="xmpp-server")
    fine("good-wildcard", san=san(dns("*.example.org")))
    fine("good-idn", fields=subject(rdn(CN, utf8("xn--mnchen-3ya.example"))), san=alt_names(dns("xn--mnchen-3ya.example"), srv("_xmpp-server.xn--mnchen-3ya.example")))
    fine("good-rsa", fields=RSA_KEY, usage=key_usage(SIGN, ENCIPHER))
    fine("good-p384", fields={"spki": spki(ec_key(0x384, ec.SECP384R1()))})
    fine("good-rsa-signature", fields={"signature": algorithm(RSA_SHA256, NULL)})
    fine("good-no-host-in-cn", fields=NO_HOST)
    fine("good-ocsp", crldp=None, aia=access((OCSP, uri("http://ocsp.example.net")), (CA_ISSUERS, uri("http://ca.example.net/ca/1.der"))))
    fine("good-after-2049", fields={"validity": seq(generalized("20500101000000Z"), generalized("20500331235959Z"))})
    fine("good-serverauth", judged="serverauth", eku=purposes(SERVER), san=san())
    fine("good-shortlived", judged="shortlived", fields={"validity": seq(utc("260101000000Z"), utc("260106235959Z"))}, crldp=None)
    fine("good-delegated", judged="delegated", fields=NO_HOST, san=alt_names(srv("_xmpp-server.example.org")))
    fine("good-intermediate", judged="ca", start=good_ca)
    fine("good-root", judged="ca", start=good_ca, fields={"subject": ROOT_NAME}, aki=None, aia=None, crldp=None)


def frame():
    vector("der-trailing-byte", "der", "RFC 5280 §4.1", tail=b"\x00")
    vector("der-two-extension-lists", "der", "RFC 5280 §4.1", fields={"issuerUniqueID": b"", "more": explicit(3, seq(purposes(SERVER)))})
    vector("version-1", "version", "RFC 5280 §4.1.2.1", fields={"version": b""})
    vector("version-4", "version", "RFC 5280 §4.1.2.1", fields={"version": explicit(0, integer(3))})
    vector("serial-zero", "serial-positive", "RFC 5280 §4.1.2.2", fields={"serial": integer(0)})
    vector("serial-negative", "serial-positive", "RFC 5280 §4.1.2.2", fields={"serial": integer(-SERIAL)})
    vector("serial-21-octets", "serial-length", "RFC 5280 §4.1.2.2", fields={"serial": integer(SERIAL << 32)})
    vector("serial-4-octets", "serial-short", "CA/Browser Forum BR §7.1", fields={"serial": integer(0x1234567)})
    vector("signature-two-algorithms", "signature-mismatch", "RFC 5280 §4.1.1.2", outer=algorithm(RSA_SHA256, NULL))
    vector("signature-ed25519", "signature-algorithm", "RFC 5929 §4.1", fields={"signature": algorithm(ED25519)})
    vector("signature-sha1", "signature-algorithm", "RFC 5929 §4.1", fields={"signature": algorithm(ECDSA_SHA1)})
    vector("signature-ecdsa-null", "signature-parameters", "RFC 5758 §3.2", fields={"signature": algorithm(ECDSA_SHA256, NULL)})
    vector("signature-rsa-no-null", "signature-parameters", "RFC 4055 §5", fields={"signature": algorithm(RSA_SHA256)})
    vector("unique-id", "unique-id", "RFC 5280 §4.1.2.8", fields={"subjectUniqueID": tlv(0x82, b"\x00\x01")})


def keys():
    ed25519 = seq(algorithm(ED25519), bits(bytes(range(32))))
    point = spki(LEAF_KEY)[-64:]
    compressed = seq(algorithm(EC, oid(P256)), bits(b"\x03" + point[:32]))
    vector("key-ed25519", "key-type", "CA/Browser Forum BR §6.1.5", fields={"spki": ed25519})
    vector("key-p521", "key-type", "CA/Browser Forum BR §6.1.5", fields={"spki": spki(ec_key(0x521, ec.SECP521R1()))})
    vector("key-rsa-1024", "key-size", "CA/Browser Forum BR §6.1.5", fields={"spki": rsa_spki(modulus(1024))})
    vector("key-rsa-2049", "key-size", "CA/Browser Forum BR §6.1.5", fields={"spki": rsa_spki(modulus(2049))})
    vector("key-rsa-exponent-3", "key-exponent", "CA/Browser Forum BR §6.1.6", fields={"spki": rsa_spki(modulus(2048), 3)})
    vector("key-rsa-no-null", "key-encoding", "RFC 3279 §2.3.1", fields={"spki": rsa_spki(modulus(2048), parameters=b"")})
    vector("key-compressed-point", "key-encoding", "RFC 5480 §2.2", fields={"spki": compressed})


def validity():
    def between(before, after):
        return {"validity": seq(before, after)}

    vector("validity-generalized-2026", "validity-encoding", "RFC 5280 §4.1.2.5", fields=between(generalized("20260101000000Z"), utc("260331235959Z")))
    vector("validity-offset", "validity-encoding", "RFC 5280 §4.1.2.5", fields=between(utc("260101000000+0100"), utc("260331235959Z")))
    vector("validity-no-seconds", "validity-encoding", "RFC 5280 §4.1.2.5", fields=between(utc("2601010000Z"), utc("260331235959Z")))
    vector("validity-backwards", "validity-order", "RFC 5280 §4.1.2.5", fields=between(utc("260331235959Z"), utc("260101000000Z")))
    vector("validity-two-years", "validity-long", "CA/Browser Forum BR §6.3.2", fields=between(utc("260101000000Z"), utc("271231235959Z")))


def subjects():
    vector("issuer-empty", "issuer-empty", "RFC 5280 §4.1.2.4", fields={"issuer": name()})
    vector("subject-empty", "subject-empty", "RFC 6120 §13.7.1.1", fields={"subject": name()})
    vector("subject-teletex", "name-encoding", "RFC 5280 §4.1.2.4", fields=subject(rdn(CN, tlv(0x14, b"example.org"))))
    vector("subject-printable", "name-encoding", "RFC 5280 §4.1.2.4", fields=subject(rdn(O, printable("Example & Co"))))
    vector("subject-bad-utf8", "name-encoding", "RFC 5280 §4.1.2.4", fields=subject(rdn(O, utf8(b"M\xfcnchen"))))
    vector("subject-value-empty", "name-encoding", "RFC 5280 §4.1.2.4", fields=subject(rdn(O, utf8(""))))
    vector("subject-long", "name-length", "RFC 5280 appendix A.1", fields=subject(rdn(CN, utf8("x" * 65))))
    vector("subject-country", "name-length", "RFC 5280 appendix A.1", fields=subject(rdn(COUNTRY, printable("DEU")), rdn(CN, utf8("example.org"))))
    vector("cn-other-host", "common-name", "RFC 9525 §2", fields=subject(rdn(CN, utf8("example.net"))))
    vector("cn-only", "common-name,san-missing", "RFC 9525 §2", san=None)
    vector("cn-twice", "common-name-once", "RFC 9525 §2", fields=subject(rdn(CN, utf8("example.org")), rdn(CN, utf8("XMPP server"))))


def extensions():
    private, empty = "1.3.6.1.4.1.99999.1", seq()
    vector("extension-twice", "extension-duplicate", "RFC 5280 §4.2", more=purposes(SERVER, CLIENT))
    vector("extension-unknown-critical", "extension-critical", "RFC 5280 §4.2", more=extension(private, NULL, True))
    vector("extension-false", "extension-default", "X.690 §11.5", eku=seq(oid(EKU), boolean(False), octets(seq(oid(SERVER), oid(CLIENT)))))
    vector("extension-no-der", "extension-malformed", "RFC 5280 §4.2", ski=extension(SKI, b"no DER"))
    vector("extension-trailing-bits", "extension-malformed", "RFC 5280 §4.2", usage=extension(KEY_USAGE, bits(b"\x80"), True))
    vector("extension-eku-empty", "extension-malformed", "RFC 5280 §4.2", eku=extension(EKU, empty))
    vector("basic-missing", "basic-constraints-missing", "RFC 5280 §4.2.1.9", basic=None)
    vector("basic-ca", "basic-constraints-ca", "RFC 6120 §13.7.1.1", basic=extension(BASIC, seq(boolean(True)), True))
    vector("basic-not-critical", "basic-constraints-critical", "RFC 5280 §4.2.1.9", basic=extension(BASIC, empty))
    vector("basic-path-length", "basic-constraints-path", "RFC 5280 §4.2.1.9", basic=extension(BASIC, seq(integer(0)), True))
    vector("aki-missing", "aki-missing", "RFC 5280 §4.2.1.1", aki=None)
    vector("aki-no-key-id", "aki-missing", "RFC 5280 §4.2.1.1", aki=extension(AKI, empty))
    vector("aki-critical", "aki-critical", "RFC 5280 §4.2.1.1", aki=extension(AKI, seq(tlv(0x80, key_id(ISSUER_KEY))), True))
    vector("ski-critical", "ski-critical", "RFC 5280 §4.2.1.2", ski=extension(SKI, octets(key_id(LEAF_KEY)), True))
    vector("ski-empty", "ski-empty", "RFC 5280 §4.2.1.2", ski=extension(SKI, octets(b"")))
    constraints = seq(explicit(0, seq(dns("example.org"))))
    vector("constraints-on-server", "name-constraints-leaf", "RFC 5280 §4.2.1.10", more=extension(CONSTRAINTS, constraints, True))
    vector("acme-identifier", "acme-identifier", "RFC 8737 §3", more=extension(ACME, octets(bytes(32)), True))
    vector("must-staple", "must-staple", "RFC 7633 §4", more=extension(TLS_FEATURE, seq(integer(5))))
    policy = seq(oid("2.23.140.1.2.1"))
    vector("policy-twice", "policy-duplicate", "RFC 5280 §4.2.1.4", more=extension(POLICIES, seq(policy, policy)))


def usages():
    vector("usage-missing", "key-usage-missing", "RFC 5280 §4.2.1.3", usage=None)
    vector("usage-not-critical", "key-usage-critical", "RFC 5280 §4.2.1.3", usage=key_usage(SIGN, critical=False))
    vector("usage-empty", "key-usage-empty", "RFC 5280 §4.2.1.3", usage=key_usage())
    vector("usage-no-signature", "key-usage-signature", "RFC 5280 §4.2.1.3", usage=key_usage(AGREE))
    vector("usage-cert-sign", "key-usage-ca", "RFC 5280 §4.2.1.9", usage=key_usage(SIGN, CERT_SIGN))
    vector("usage-ec-encipher", "key-usage-ec", "RFC 5480 §3", usage=key_usage(SIGN, ENCIPHER))
    vector("usage-repudiation", "key-usage-excess", "RFC 5280 §4.2.1.3", usage=key_usage(SIGN, REPUDIATE))
    vector("usage-rsa-agreement", "key-usage-excess", "RFC 5280 §4.2.1.3", fields=RSA_KEY, usage=key_usage(SIGN, AGREE))
    vector("eku-missing", "eku-missing", "RFC 5280 §4.2.1.12", eku=None)
    vector("eku-any", "eku-any", "RFC 5280 §4.2.1.12", eku=purposes(SERVER, CLIENT, ANY))
    vector("eku-client-only", "eku-client-only", "RFC 5280 §4.2.1.12", eku=purposes(CLIENT))
    vector("eku-server-only", "eku-server-only", "RFC 5280 §4.2.1.12", eku=purposes(SERVER))
    vector("eku-code-signing", "eku-other", "RFC 5280 §4.2.1.12", eku=purposes(SERVER, CLIENT, CODE))


def alternative_names():
    vector("san-missing", "san-missing", "RFC 9525 §2", fields=NO_HOST, san=None)
    vector("san-empty", "san-empty", "RFC 5280 §4.2.1.6", fields=NO_HOST, san=alt_names())
    vector("san-malformed", "extension-malformed", "RFC 5280 §4.2", fields=NO_HOST, san=alt_names(utf8("example.org")))
    vector("san-critical", "san-critical", "RFC 5280 §4.2.1.6", san=alt_names(dns("example.org"), critical=True))
    vector("san-twice", "san-duplicate", "RFC 5280 §4.2.1.6", san=san(dns("example.org")))
    vector("san-ip-address", "san-general-name", "RFC 6120 §13.7.1.2", san=san(tlv(0x87, bytes([192, 0, 2, 7]))))
    vector("san-email", "san-general-name", "RFC 6120 §13.7.1.2", san=san(tlv(0x81, b"admin@example.org")))
    vector("san-uri", "san-general-name", "RFC 6120 §13.7.1.2", san=san(uri("xmpp:example.org")))
    vector("san-user-principal", "san-other-name", "RFC 6120 §13.7.1.2", san=san(other("1.3.6.1.4.1.311.20.2.3", utf8("admin@example.org"))))
    for file, text in (
        ("underscore", "xmpp_1.example.org"),
        ("space", " "),
        ("empty", ""),
        ("trailing-dot", "www.example.org."),
        ("ip-address", "192.0.2.7"),
        ("nul", b"example.org\x00.example.net"),
        ("label-64", "a" * 64 + ".example.org"),
        ("port", "example.org:5222"),
    ):
        vector("dns-" + file, "san-dns-syntax", "RFC 5280 §4.2.1.6", san=san(dns(text)))
    for file, text in (("partial", "i*.example.org"), ("twice", "*.*.example.org"), ("inside", "xmpp.*.example.org"), ("alone", "*")):
        vector("wildcard-" + file, "san-dns-wildcard", "RFC 9525 §6.3", san=san(dns(text)))
    vector("idn-u-label", "san-dns-idn", "RFC 5280 §7.2", san=san(dns("münchen.example")))
    vector("idn-bad-a-label", "san-dns-idn", "RFC 5280 §7.2", san=san(dns("xn--ls8h.example")))
    vector("dns-upper-case", "san-dns-case", "RFC 9525 §6.3", san=alt_names(dns("Example.org")))
    vector("srv-without-dns", "san-dns-missing", "RFC 6120 §13.7.1.2.1", fields=NO_HOST, san=alt_names(srv("_xmpp-server.example.org")))


def other_names():
    vector("srv-utf8", "san-srv-string", "RFC 4985 §2", san=san(other(SRV_NAME, utf8("_xmpp-server.example.org"))))
    vector("srv-no-underscore", "san-srv-form", "RFC 4985 §2", san=san(srv("xmpp-server.example.org")))
    vector("srv-no-domain", "san-srv-form", "RFC 4985 §2", san=san(srv("_xmpp-server")))
    vector("srv-protocol", "san-srv-protocol", "RFC 4985 §2", san=san(srv("_xmpp-server._tcp.example.org")))
    vector("srv-wildcard", "san-srv-wildcard", "RFC 4985 §2", san=san(srv("_xmpp-server.*.example.org")))
    vector("srv-bad-domain", "san-srv-domain", "RFC 4985 §2", san=san(srv("_xmpp-server.example..org")))
    vector("srv-u-label", "san-srv-domain", "RFC 4985 §2", san=san(srv("_xmpp-server.münchen.example")))
    vector("srv-imaps", "san-srv-service", "RFC 6120 §13.7.1.2.1", san=san(srv("_imaps.example.org")))
    vector("srv-client-alone", "san-srv-client-alone", "RFC 6120 §13.7.2", san=san(srv("_xmpp-client.example.org")))
    vector("xmpp-ia5", "san-xmpp-string", "RFC 6120 §13.7.1.4", san=san(other(XMPP_ADDR, ia5("example.org"))))
    vector("xmpp-user", "san-xmpp-user", "RFC 6120 §13.7.1.4", san=san(xmpp("juliet@example.org")))
    vector("xmpp-domain", "san-xmpp-domain", "RFC 6120 §13.7.1.2.1", san=san(xmpp("example.org")))


def urls():
    crl, issuer = uri("http://ca.example.net/crl/1/0.crl"), uri("http://ca.example.net/ca/1.der")
    vector("aia-critical", "aia-critical", "RFC 5280 §4.2.2.1", aia=access((CA_ISSUERS, issuer), critical=True))
    vector("aia-https", "aia-url", "RFC 5280 §4.2.2.1", aia=access((CA_ISSUERS, uri("https://ca.example.net/ca/1.der"))))
    vector("aia-no-url", "aia-url", "RFC 5280 §4.2.2.1", aia=access((CA_ISSUERS, dns("ca.example.net"))))
    vector("aia-missing", "aia-issuers", "RFC 5280 §4.2.2.1", aia=None)
    vector("crldp-critical", "crldp-critical", "RFC 5280 §4.2.1.13", crldp=extension(CRLDP, seq(crl_point(crl)), True))
    vector("crldp-ldap", "crldp-url", "RFC 5280 §4.2.1.13", crldp=extension(CRLDP, seq(crl_point(uri("ldap://ca.example.net/cn=CA")))))
    vector("crldp-no-host", "crldp-url", "RFC 5280 §4.2.1.13", crldp=extension(CRLDP, seq(crl_point(uri("http:///crl")))))
    vector("crldp-reasons", "crldp-partial", "RFC 5280 §4.2.1.13", crldp=extension(CRLDP, seq(crl_point(crl, tail=tlv(0x81, b"\x06\x40")))))
    vector("crldp-no-name", "crldp-partial", "RFC 5280 §4.2.1.13", crldp=extension(CRLDP, seq(seq())))
    vector("status-none", "status-none", "RFC 6120 §13.7.1.1", crldp=None)


def authorities():
    def ca(file, rules, section, **changes):
        vector("ca-" + file, rules, section, judged="ca", start=good_ca, **changes)

    ca("no-flag", "ca-flag", "RFC 5280 §4.2.1.9", basic=extension(BASIC, seq(), True))
    ca("not-critical", "ca-critical", "RFC 5280 §4.2.1.9", basic=extension(BASIC, seq(boolean(True))))
    ca("no-cert-sign", "ca-cert-sign", "RFC 5280 §4.2.1.3", basic=extension(BASIC, seq(boolean(True)), True), usage=key_usage(SIGN, CRL_SIGN))
    ca("path-no-cert-sign", "ca-path,ca-cert-sign", "RFC 5280 §4.2.1.9", usage=key_usage(SIGN, CRL_SIGN))
    ca("no-crl-sign", "ca-crl-sign", "RFC 5280 §4.2.1.3", usage=key_usage(SIGN, CERT_SIGN))
    ca("no-signature", "ca-signature", "RFC 6120 §13.7.1.1", usage=key_usage(CERT_SIGN, CRL_SIGN))
    ca("no-key-id", "ca-key-id", "RFC 5280 §4.2.1.2", ski=None)
    ca("subject-empty", "subject-empty", "RFC 6120 §13.7.1.1", fields={"subject": name()})
    srv_tree = seq(explicit(0, seq(srv("_xmpp-server.example.org"))))
    ca("constrains-srv", "ca-constraints-other", "RFC 5280 §4.2.1.10", more=extension(CONSTRAINTS, srv_tree, True))
    dns_tree = seq(explicit(0, seq(dns("example.org"))))
    ca("constraints-not-critical", "ca-constraints-critical", "RFC 5280 §4.2.1.10", more=extension(CONSTRAINTS, dns_tree))


def profiles():
    def profile(file, rules, section, judged="xmpp-server", **changes):
        vector("profile-" + file, rules, section, judged=judged, **changes)

    profile("91-days", "validity-profile", "RFC 5280 §4.1.2.5", fields={"validity": seq(utc("260101000000Z"), utc("260401235959Z"))})
    profile("one-second", "validity-profile", "RFC 5280 §4.1.2.5", fields={"validity": seq(utc("260101000000Z"), utc("260101000000Z"))})
    profile("server-auth-only", "eku-profile", "RFC 5280 §4.2.1.12", eku=purposes(SERVER))
    profile("no-eku", "eku-profile", "RFC 5280 §4.2.1.12", eku=None)
    profile("client-auth", "eku-profile", "RFC 5280 §4.2.1.12", judged="serverauth", san=san())
    profile("xmpp-addr", "san-profile", "RFC 6120 §13.7.1.2", san=san(xmpp("example.org")))
    profile("srv-name", "san-profile", "RFC 6120 §13.7.1.2", judged="serverauth", eku=purposes(SERVER))
    profile("dns-name", "san-profile", "RFC 6120 §13.7.1.2", judged="delegated", fields=NO_HOST, san=san(srv("_xmpp-server.example.org")))
    profile("no-crl", "status-profile", "RFC 5280 §4.2.1.13", crldp=None)
    profile("policy", "policy-profile", "RFC 5280 §4.2.1.4", more=extension(POLICIES, seq(seq(oid("2.23.140.1.2.1")))))


def write():
    FOLDER.mkdir(exist_ok=True)
    lines = ["# file, judged as, rules that it breaks, section of the first; written by make_lint.py\n"]
    for file, judged, rules, section, certificate in VECTORS:
        path = FOLDER / (file + ".pem")
        old = from_pem(path.read_text()) if path.exists() else b""
        path.write_text(pem(certificate.der(old)))
        lines.append("\t".join([path.name, judged, rules, section]) + "\n")
    known = {file + ".pem" for file, *_ in VECTORS}
    for path in FOLDER.glob("*.pem"):
        if path.name not in known:
            path.unlink()
    (FOLDER / "manifest.tsv").write_text("".join(lines))


if __name__ == "__main__":
    for part in (good_ones, frame, keys, validity, subjects, extensions, usages, alternative_names, other_names, urls, authorities, profiles):
        part()
    write()
