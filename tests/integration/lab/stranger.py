"""A stranger at an XMPP server: opens a stream, starts TLS, opens it anew and keeps what the server says. It has no certificate and never logs in."""
import re
import socket
import ssl

_HEADER = "<?xml version='1.0'?><stream:stream xmlns='jabber:{kind}' xmlns:stream='http://etherx.jabber.org/streams' to='{to}'{sender} version='1.0'>"
_FEATURES_END = re.compile(rb"</stream:features>|<stream:features ?/>")
_OVER = re.compile(rb"</stream:stream>")


class Stranger:
    """A connection to `address`, to the port for servers or (kind "client") for clients, or to a `direct` port that wants TLS at once; to be made
    inside Host.entered()."""

    def __init__(self, address, domain, *, kind="server", sender=None, direct=None):
        self._direct = direct
        self._socket = socket.create_connection((address, direct or (5269 if kind == "server" else 5222)), timeout=15)
        given = f" from='{sender}'" if sender else ""
        self._header = _HEADER.format(kind=kind, to=domain, sender=given)
        self._domain = domain
        self._unread = b""

    def say(self, text):
        self._socket.sendall(text.encode())

    def hear(self, end):
        """What the server says until `end` matches or it hangs up."""
        while not (match := end.search(self._unread)):
            piece = self._socket.recv(4096)
            if not piece:
                break
            self._unread += piece
        length = match.end() if match else len(self._unread)
        text, self._unread = self._unread[:length], self._unread[length:]
        return text.decode()

    def plain_features(self):
        self.say(self._header)
        return self.hear(_FEATURES_END)

    def starttls(self):
        self.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        assert "proceed" in self.hear(re.compile(rb"<proceed[^>]*>"))
        self.tls()

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._socket = context.wrap_socket(self._socket, server_hostname=self._domain)

    @property
    def certificate(self):
        """The DER of what the server showed."""
        return self._socket.getpeercert(binary_form=True)

    def features(self, then=""):
        """The encrypted stream's features, or the error in their place; `then` is sent in one breath with the header."""
        if self._direct:
            self.tls()
        else:
            self.plain_features()
            self.starttls()
        self.say(self._header + then)
        return self.hear(re.compile(_FEATURES_END.pattern + rb"|" + _OVER.pattern))

    def last_words(self):
        """What the server says until it ends the stream."""
        return self.hear(_OVER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def proofs(features):
    """The <acme/> elements in a text, as {token: key authorization}."""
    return dict(re.findall(r"<acme (?=[^>]*xmlns='urn:xica:acme:0')[^>]*?token='([^']*)'[^>]*>([^<]*)</acme>", features))
