"""The daemon under test: `xicad` in the foreground, and its roles as /proc shows them."""
import os
import signal
from pathlib import Path

from .paths import BUILD
from .ports import free_port
from .process import Daemon, run
from .waiting import wait_until

ROLES = ("front", "registrar", "validator", "signer")


class Xicad:
    """`xicad --dev DIRECTORY`, a whole CA on localhost with free ports; `options` are further command-line words."""

    def __init__(self, directory, *, options=(), dns=None, trust_anchor=None, resolve_all=None):
        self.directory = Path(directory)
        self.https_port, self.http_port = free_port(), free_port()
        self.http01_port, self.tlsalpn01_port = free_port(), free_port()
        self.argv = [BUILD / "xicad", "--dev", self.directory,
                     "--https-port", self.https_port, "--http-port", self.http_port,
                     "--http01-port", self.http01_port, "--tlsalpn01-port", self.tlsalpn01_port]
        if dns:
            self.argv += ["--dns", dns]
        if trust_anchor:
            self.argv += ["--trust-anchor", trust_anchor]
        if resolve_all:
            self.argv += ["--resolve-all", resolve_all]
        self.options = list(options)
        self.log = self.directory.with_name(self.directory.name + ".log")
        self._stdout = self.directory.with_name(self.directory.name + ".stdout")
        self.daemon = None
        self.directory_url = None

    @property
    def root_pem(self):
        return self.directory / "root.pem"

    def start(self, timeout=30, extra=()):
        """Starts the daemon and waits until it serves; `extra` are options of this one start."""
        self._stdout.unlink(missing_ok=True)
        self.daemon = Daemon([*self.argv, *self.options, *extra], self.log, stdout=self._stdout)
        ready = self.daemon.wait_for(r"^xicad: ready (\S+)$", timeout, source=self._stdout)
        self.directory_url = ready[1]
        return self

    def stop(self):
        if self.daemon and self.daemon.alive():
            return self.daemon.stop()
        return None

    def __enter__(self):
        return self if self.daemon else self.start()

    def __exit__(self, *_):
        self.stop()

    def cli(self, *words, check=True):
        """Runs `xica --dev DIRECTORY words…`."""
        return run([BUILD / "xica", "--dev", self.directory, *words], check=check)

    def role_pids(self, role):
        """The living processes of a role, oldest first; "parent" is the process that was started."""
        return [self.daemon.pid] if role == "parent" else role_pids(self.daemon.pid, role)

    def kill(self, role, timeout=5):
        """SIGKILLs one process of a role and returns how many seconds passed until a new one stood in its place."""
        import time
        before = self.role_pids(role)
        assert before, f"no process of the role {role} under {self.daemon.pid}"
        started = time.monotonic()
        os.kill(before[0], signal.SIGKILL)
        if role == "parent":
            self.daemon.process.wait(timeout)
            return time.monotonic() - started
        wait_until(lambda: len(set(self.role_pids(role)) - {before[0]}) >= len(before), timeout, f"{role} is back", 0.02)
        return time.monotonic() - started


def _title(pid):
    """The process title, or None when the process is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return words[0].decode(errors="replace")


def _children(pid):
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def role_pids(parent, role):
    """The children of `parent` whose title is `xicad: ROLE` (a number may follow)."""
    wanted = f"xicad: {role}"
    return [pid for pid in _children(parent) if (_title(pid) or "").split(" #")[0].strip().startswith(wanted)]


def uids(pid):
    """Real, effective and saved uid of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Uid:"):
            return tuple(int(word) for word in line.split()[1:4])
    raise AssertionError(f"no Uid line for {pid}")
