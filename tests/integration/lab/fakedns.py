"""A name server that misbehaves as its names say, over UDP and TCP: what no real server would do on request."""
import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from .ports import free_port


def _answer(wire, over_tcp):
    """The reply, or None for silence. The first label of the name that a rule knows decides; all other names are on loopback."""
    query = dns.message.from_wire(wire)
    reply = dns.message.make_response(query)
    question = query.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    rules = {label.decode() for label in question.name.labels}
    if kind == "CAA":
        if "silent" in rules:
            return None
        for name, code in (("servfail", dns.rcode.SERVFAIL), ("refused", dns.rcode.REFUSED), ("notimp", dns.rcode.NOTIMP)):
            if name in rules:
                reply.set_rcode(code)
        if "truncated" in rules:
            if over_tcp:
                return None
            reply.flags |= dns.flags.TC
        if "malformed" in rules:
            reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", "TYPE257", r"\# 3 00 20 69"))
    elif kind == "A" and "nowhere" not in rules:
        reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", "127.0.0.1"))
    return reply.to_wire()


class _Udp(socketserver.BaseRequestHandler):
    def handle(self):
        wire, sock = self.request
        reply = _answer(wire, False)
        if reply:
            sock.sendto(reply, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        length = self.rfile.read(2)
        if len(length) == 2:
            reply = _answer(self.rfile.read(int.from_bytes(length, "big")), True)
            if reply:
                self.wfile.write(len(reply).to_bytes(2, "big") + reply)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class FakeDns:
    def __init__(self):
        self.port = free_port()
        self._servers = []

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        where = ("127.0.0.1", self.port)
        self._servers = [socketserver.ThreadingUDPServer(where, _Udp), _TcpServer(where, _Tcp)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.server_close()
