"""An XMPP server by script: it does what RFC 6120 says up to its stream features, or whatever a test has it do instead."""
import socket
import ssl
import threading

HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
          "id='1' from='{domain}' version='1.0'>")
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
EXTERNAL = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"


def acme(token, key_authorization):
    return f"<acme xmlns='urn:xica:acme:0' token='{token}'>{key_authorization}</acme>"


def features(*inside):
    return f"<stream:features>{''.join(inside)}</stream:features>"


class XmppServer:
    """Each connection runs `plain(connection)` and, when that returned true, TLS with the certificate in `pem` and then `encrypted(connection)`.
    The defaults are a good server's; `shown` maps a domain to what its features hold. `heard` lists every byte that came, decrypted."""

    def __init__(self, pem, *, port=0, address="127.0.0.1", shown=None, direct_tls=False, protocols=None):
        self.shown, self.heard, self.sni, self.direct_tls = shown or {}, [], [], direct_tls
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.context.sni_callback = lambda _, name, __: self.sni.append(name)
        if protocols:
            self.context.set_alpn_protocols(protocols)
        self.agreed = []
        self._listener = socket.create_server((address, port))
        self.port = self._listener.getsockname()[1]

    def read_until(self, connection, end):
        text = b""
        while end not in text:
            piece = connection.recv(4096)
            if not piece:
                raise OSError("the validator hung up")
            text += piece
        self.heard.append(text.decode())
        return text.decode()

    def domain_of(self, header):
        return header.split(" to='", 1)[1].split("'", 1)[0]

    def plain(self, connection):
        header = self.read_until(connection, b"version='1.0'>")
        connection.sendall((HEADER.format(domain=self.domain_of(header)) + features(STARTTLS)).encode())
        self.read_until(connection, b"/>")
        connection.sendall(PROCEED.encode())
        return True

    def encrypted(self, connection):
        domain = self.domain_of(self.read_until(connection, b"version='1.0'>"))
        connection.sendall((HEADER.format(domain=domain) + features(EXTERNAL, self.shown.get(domain, ""))).encode())
        self.read_to_end(connection)

    def read_to_end(self, connection):
        while True:
            piece = connection.recv(4096)
            if not piece:
                return
            self.heard.append(piece.decode(errors="replace"))

    def _talk(self, connection):
        connection.settimeout(30)
        try:
            if self.direct_tls or self.plain(connection):
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self.agreed.append(tls.selected_alpn_protocol())
                    self.encrypted(tls)
        except (OSError, ValueError, IndexError):
            pass
        finally:
            connection.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
