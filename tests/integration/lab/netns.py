"""A network of its own: hosts in network namespaces, joined by a bridge that stands in a namespace too.

Nothing of it touches the machine's own network, so addresses and ports are free to choose: the hosts have
addresses that look public (nothing is routed outside), and services listen on the ports of the real world.
Needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN) and the program `ip`.
"""
import contextlib
import ctypes
import itertools
import os
import shutil
import subprocess
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_counter = itertools.count()


def missing():
    """What this machine lacks for networks of their own, in words, or None."""
    if shutil.which("ip") is None:
        return "the program `ip` (package iproute2) is missing"
    if os.geteuid() != 0:
        return "network namespaces need root: run the tests as root (sudo ./tools/test)"
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        return f"this machine permits no network namespaces (CAP_SYS_ADMIN): {probe.stderr.strip()}"
    return None


def _ip(*argv):
    done = subprocess.run(["ip", *argv], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(argv)}: {done.stderr.strip()}")


class Host:
    """One host: a namespace with loopback and one address, and a resolv.conf that `ip netns exec` puts in place."""

    def __init__(self, name, address):
        self.name = name
        self.address = address

    def command(self, argv):
        """argv, to be run on this host."""
        return ["ip", "netns", "exec", self.name, *[str(part) for part in argv]]

    @contextlib.contextmanager
    def entered(self):
        """The calling thread makes its sockets on this host; threads started inside stay on it."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
            yield self
        finally:
            _setns(home)
            os.close(there)
            os.close(home)


def _setns(fd):
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Network:
    """Hosts on one bridge. A context manager: whatever happens inside, the namespaces are gone afterwards."""

    def __init__(self, prefix="45.67.89"):
        self.prefix = prefix
        self.label = f"xica{os.getpid()}x{next(_counter)}"
        self._names = []
        self._files = []

    def __enter__(self):
        try:
            self.switch = self._namespace("switch")
            _ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
            _ip("-n", self.switch, "link", "set", "bridge", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in reversed(self._names):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        for directory in self._files:
            shutil.rmtree(directory, ignore_errors=True)

    def host(self, name, number, resolver=None):
        """A host with the address PREFIX.number that asks `resolver` (an address) for names."""
        netns = self._namespace(name)
        address = f"{self.prefix}.{number}"
        _ip("-n", self.switch, "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", netns)
        _ip("-n", self.switch, "link", "set", f"to-{name}", "master", "bridge", "up")
        _ip("-n", netns, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", netns, "link", "set", "lo", "up")
        _ip("-n", netns, "link", "set", "eth0", "up")
        # Servers that run under a uid of their own listen on port 80 here.
        _ip("netns", "exec", netns, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start")
        if resolver:
            etc = Path("/etc/netns") / netns
            etc.mkdir(parents=True)
            self._files.append(etc)
            (etc / "resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:2 attempts:2\n")
        return Host(netns, address)

    def _namespace(self, name):
        full = f"{self.label}-{name}"
        _ip("netns", "add", full)
        self._names.append(full)
        return full
