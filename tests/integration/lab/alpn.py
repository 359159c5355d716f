"""A responder for tls-alpn-01 (RFC 8737) that may do it wrong: one TLS server with one certificate made for the challenge."""
import datetime
import hashlib
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
OLD_ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.30.1")


def challenge_certificate(names, key_authorization, *, oid=ACME_IDENTIFIER, critical=True, identifier=True, other_names=()):
    """(certificate, key) as PEM: self-signed, with the digest of the key authorization in acmeIdentifier."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "challenge")])
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
               .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
               .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, names), *other_names]), False))
    if identifier:
        value = b"\x04\x20" + hashlib.sha256(key_authorization.encode()).digest()
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return pem, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class AlpnResponder:
    """Listens on 127.0.0.1:port; `context(ssl.SSLContext)` may spoil the TLS side."""

    def __init__(self, port, workdir, certificate_and_key, protocols=("acme-tls/1",), context=None):
        path = workdir / f"alpn-{port}.pem"
        path.write_bytes(b"".join(certificate_and_key))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(path)
        if protocols:
            self._tls.set_alpn_protocols(list(protocols))
        if context:
            context(self._tls)
        self._listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self._listener.settimeout(0.2)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        while not self._end.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            try:
                self._tls.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(6)
        self._listener.close()
