"""The messages between roles (src/ipc/message.h), so that a test can be the parent and the peers of one role."""
import array
import os
import re
import socket
import struct
import subprocess

from .paths import BUILD, ROOT
from .process import Failed

_PIECE = 32 * 1024


def _enum(name):
    """The constants of an enum in message.h."""
    text = (ROOT / "src" / "ipc" / "message.h").read_text()
    body = re.sub(r"//[^\n]*", "", re.search(rf"enum {name} {{(.*?)}};", text, re.S).group(1))
    constants, value = {}, -1
    for word in filter(None, (part.strip() for part in body.split(","))):
        key, _, number = (piece.strip() for piece in word.partition("="))
        value = int(number) if number else value + 1
        constants[key.removeprefix("IPC_")] = value
    return constants


TYPES, FIELDS = _enum("ipc_type"), _enum("ipc_field")
_TYPE_NAMES = {value: key for key, value in TYPES.items()}
_FIELD_NAMES = {value: key for key, value in FIELDS.items()}


def _bytes(value):
    if isinstance(value, int):
        return struct.pack(">Q", value)
    return value.encode() if isinstance(value, str) else value


class Channel:
    """One end of a SEQPACKET socket to a role."""

    def __init__(self, sock):
        self.sock = sock

    def send(self, kind, number=0, fds=(), **fields):
        message = struct.pack(">HQ", TYPES[kind], number)
        for name, values in fields.items():
            for value in values if isinstance(values, list) else [values]:
                message += struct.pack(">HI", FIELDS[name], len(_bytes(value))) + _bytes(value)
        pieces = [message[at:at + _PIECE] for at in range(0, len(message), _PIECE)]
        for n, piece in enumerate(pieces):
            last = n == len(pieces) - 1
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds and last else []
            self.sock.sendmsg([b"\0" if last else b"\1", piece], rights)

    def take(self, timeout=30):
        """(type, id, {field: bytes, or a list of them for RECEIPT and VALUE}); None when the role has hung up."""
        self.sock.settimeout(timeout)
        whole = b""
        while True:
            packet = self.sock.recv(1 << 17)
            if not packet:
                return None
            whole += packet[1:]
            if packet[0] == 0:
                break
        kind, number = struct.unpack_from(">HQ", whole)
        fields, at = {"RECEIPT": [], "VALUE": []}, 10
        while at < len(whole):
            field, length = struct.unpack_from(">HI", whole, at)
            value, at = whole[at + 6:at + 6 + length], at + 6 + length
            if _FIELD_NAMES[field] in ("RECEIPT", "VALUE"):
                fields[_FIELD_NAMES[field]].append(value)
            else:
                fields[_FIELD_NAMES[field]] = value
        return _TYPE_NAMES[kind], number, fields

    def close(self):
        self.sock.close()


def _pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Role:
    """`xicad --role NAME`, configured and ready; its standard error is in `log`."""

    def __init__(self, name, configuration, log, **fields):
        ours, theirs = _pair()
        self.log = log
        # the leak sanitizer needs ptrace, which a role that is locked in has not
        env = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
        with open(log, "wb") as output:
            self.process = subprocess.Popen([BUILD / "xicad", "--role", name], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            preexec_fn=lambda: os.dup2(theirs.fileno(), 3), pass_fds=(3,))
        theirs.close()
        self.parent = Channel(ours)
        self.parent.send("CONFIGURE", CONFIG=configuration, ROLE_INDEX=0, **fields)

    def wait_ready(self):
        answer = self.parent.take()
        if not answer or answer[0] != "READY":
            raise Failed(f"not ready: {self.log.read_text()}")
        return self

    def connect(self, peer):
        ours, theirs = _pair()
        self.parent.send("CONNECT", PEER=peer, ROLE_INDEX=0, fds=[theirs.fileno()])
        theirs.close()
        return Channel(ours)

    def shut_down(self):
        self.parent.send("SHUT_DOWN")

    def wait(self, timeout=30):
        return self.process.wait(timeout)

    def __enter__(self):
        return self.wait_ready()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.parent.close()
