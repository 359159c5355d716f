"""Names of the laboratory in this very process: for the protocol client, which runs inside the tests."""
import contextlib
import socket


@contextlib.contextmanager
def resolving(addresses):
    """Inside, socket.getaddrinfo knows the names of the dictionary `addresses`; everything else is as before."""
    real = socket.getaddrinfo

    def lookup(host, *rest, **options):
        return real(addresses.get(host, host), *rest, **options)

    socket.getaddrinfo = lookup
    try:
        yield
    finally:
        socket.getaddrinfo = real
