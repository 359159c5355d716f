"""Free TCP and UDP ports of the loopback interface, below the range from which the kernel takes client ports."""
import contextlib
import random
import socket

from .paths import WORKER

# Workers of one run take them from ranges of their own: between looking and listening nobody else comes.
_FIRST, _COUNT, _WORKERS = 20000, 3000, 4
_START = _FIRST + _COUNT * (int(WORKER.removeprefix("gw") or 0) % _WORKERS)
_given = set()


def _is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            with socket.socket(family, kind) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    probe.bind((address, port))
                except OSError:
                    return False
    return True


def free_port():
    """A port that nothing listens on and that this run has not given away before."""
    for _ in range(200):
        port = random.randrange(_START, _START + _COUNT)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {_START} and {_START + _COUNT}")


@contextlib.contextmanager
def held(*ports):
    """While nothing listens on these ports nobody else takes them for free: not another run on this machine either. A server that sets SO_REUSEADDR can listen all the same."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                holder = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                holder.bind((address, port))
        yield
