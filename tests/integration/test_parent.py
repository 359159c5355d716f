"""What the parent gives its roles, and what it does when one of them, or the machine, lets it down."""
import ctypes
import os
import re
import resource
import signal
import socket
import subprocess
import time

import pytest

from lab.roles import ROLES
from lab.waiting import wait_until
from lab.xicad import Xicad

_PIDFD_OPEN, _PIDFD_GETFD = 434, 438  # system calls, the same on every architecture
_ROLE_SOCKET = 3


@pytest.fixture(scope="module")
def own_ca(output):
    os.environ["XICA_TEST_SECRET"] = "not for roles"
    try:
        with Xicad(output / "ca-of-the-parent-tests", resolve_all="127.0.0.1") as running:
            yield running
    finally:
        del os.environ["XICA_TEST_SECRET"]


def _open_files(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def _listening_inodes():
    lines = [line.split() for table in ("tcp", "tcp6") for line in open(f"/proc/net/{table}", encoding="ascii").readlines()[1:]]
    return {f"socket:[{words[9]}]" for words in lines if words[3] == "0A"}


def _tcp_inodes():
    lines = [line.split() for table in ("tcp", "tcp6", "udp", "udp6") for line in open(f"/proc/net/{table}", encoding="ascii").readlines()[1:]]
    return {f"socket:[{words[9]}]" for words in lines}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_no_descriptor_but_those_it_needs(own_ca, role):
    allowed = [r"/dev/null", r"socket:\[\d+\]", r"anon_inode:\[?(eventpoll|eventfd|timerfd)\]?", r"pipe:\[\d+\]", re.escape(str(own_ca.log))]
    if role == "registrar":
        allowed.append(re.escape(str(own_ca.directory)) + r"/db/[^/]*")
    if role == "signer":
        allowed.append(re.escape(str(own_ca.directory)) + r"/audit[^/]*")
    for pid in own_ca.role_pids(role):
        opened = _open_files(pid)
        assert not [path for path in opened.values() if not any(re.fullmatch(pattern, path) for pattern in allowed)]
        assert opened[0] == "/dev/null"
        listening = [path for path in opened.values() if path in _listening_inodes()]
        assert bool(listening) == (role == "front")
        if role in ("registrar", "signer"):
            assert not [path for path in opened.values() if path in _tcp_inodes()]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_inherits_no_environment(own_ca, role):
    names = {"OPENSSL_CONF", "OPENSSL_MODULES", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "GLIBC_TUNABLES"}
    for pid in own_ca.role_pids(role):
        with open(f"/proc/{pid}/environ", "rb") as environ:
            told = {entry.split(b"=")[0].decode() for entry in environ.read().split(b"\0") if entry}
        assert {name for name in told if not name.startswith("glibc.malloc.")} <= names # which glibc takes apart where it stands


def _cut_off(pid):
    """Ends a stopped role's connection with its parent, as a role that was taken over could."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = libc.syscall(_PIDFD_OPEN, pid, 0)
    fd = libc.syscall(_PIDFD_GETFD, pidfd, _ROLE_SOCKET, 0)
    if fd < 0:
        pytest.fail(f"this machine lets nobody have another process's descriptors: {os.strerror(ctypes.get_errno())}", pytrace=False)
    with socket.socket(fileno=fd) as own:
        own.shutdown(socket.SHUT_RDWR)
    os.close(pidfd)


def test_a_role_that_cuts_itself_off_and_lives_on_is_replaced(own_ca):
    before = own_ca.role_pids("validator")
    os.kill(before[0], signal.SIGSTOP)
    _cut_off(before[0])
    wait_until(lambda: own_ca.role_pids("validator") not in ([], before), 15, "a new validator stands there", 0.1)
    assert own_ca.daemon.alive()


def test_a_ca_that_runs_out_of_descriptors_lives_on_and_its_role_comes_back(own_ca):
    parent = own_ca.daemon.pid
    usual = resource.prlimit(parent, resource.RLIMIT_NOFILE)
    before = own_ca.role_pids("validator")
    resource.prlimit(parent, resource.RLIMIT_NOFILE, (4, usual[1]))
    try:
        os.kill(before[0], signal.SIGKILL)
        time.sleep(1)
        assert own_ca.daemon.alive() and own_ca.role_pids("validator") == []
    finally:
        resource.prlimit(parent, resource.RLIMIT_NOFILE, usual)
    wait_until(lambda: own_ca.role_pids("validator"), 10, "the validator is back", 0.1)


def test_started_without_standard_descriptors_it_takes_no_socket_for_one(output):
    directory = output / "ca-without-descriptors"
    ca = Xicad(directory, resolve_all="127.0.0.1")
    words = [str(word) for word in ca.argv]
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words])
    try:
        wait_until(lambda: (directory / "root.pem").exists() and len(os.listdir(f"/proc/{process.pid}/fd")) > 6, 20, "it runs", 0.1)
        opened = _open_files(process.pid)
        assert [opened[fd] for fd in (0, 1, 2)] == ["/dev/null"] * 3
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_a_second_ca_in_the_same_folder_refuses_to_start_and_leaves_the_first_its_socket(own_ca):
    second = Xicad(own_ca.directory, resolve_all="127.0.0.1")
    done = subprocess.run([str(word) for word in second.argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "another xicad uses the state folder" in done.stderr
    assert "keys" in own_ca.cli("account", "eab", "list").stdout.lower()
