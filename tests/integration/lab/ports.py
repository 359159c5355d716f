"""Free TCP and UDP ports of the loopback interface, below the range from which the kernel takes client ports."""
import random
import socket

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
        port = random.randrange(20000, 32000)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError("no free port between 20000 and 32000")
