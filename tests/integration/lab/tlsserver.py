"""A TLS server for tls-alpn-01 (RFC 8737), and the right and wrong certificates that it can show."""
import datetime
import socket
import ssl
import threading
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31"
PROTOCOL = "acme-tls/1"


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(directory, names, digest, *, oid=ACME_IDENTIFIER, critical=True, value=None, issuer=None, foreign_key=False):
    """Writes a challenge certificate with its key as one PEM file. names: GeneralNames or host names."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(_name("acme challenge")).issuer_name(_name(issuer or "acme challenge"))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1)))
    if names:
        general = [name if isinstance(name, x509.GeneralName) else x509.DNSName(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    if oid:
        content = bytes([0x04, len(digest)]) + digest if value is None else value
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), content), critical=critical)
    signer = ec.generate_private_key(ec.SECP256R1()) if foreign_key else key
    made = builder.sign(signer, hashes.SHA256())
    path = directory / "challenge.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) +
                     key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


class TlsServer:
    """Shakes hands with everybody, sends `greeting` and hangs up. `seen` lists the SNI names asked for."""

    def __init__(self, port, pem, *, protocols=(PROTOCOL,), version=None, greeting=b"", address="127.0.0.1"):
        self.seen = []
        self._greeting = greeting
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version:
            self._context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():  # the old versions are what the test is about
                warnings.simplefilter("ignore", DeprecationWarning)
                self._context.minimum_version = self._context.maximum_version = version
        self._context.load_cert_chain(pem)
        if protocols:
            self._context.set_alpn_protocols(list(protocols))
        self._context.sni_callback = lambda _, name, __: self.seen.append(name)
        self._listener = socket.create_server((address, port))

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            try:
                with self._context.wrap_socket(connection, server_side=True) as tls:
                    if self._greeting:
                        tls.recv(4096)
                        tls.sendall(self._greeting)
                    tls.unwrap()
            except OSError:
                pass

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
