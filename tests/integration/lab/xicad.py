"""The daemon under test: `xicad` in the foreground."""
import os
import signal
import time
from pathlib import Path

from .paths import BUILD
from .ports import free_port
from .process import Daemon, run
from .roles import role_pids
from .waiting import wait_until

class Running:
    """What development and production have in common: a started daemon, its log, its roles."""

    def __init__(self, directory, argv, host=None):
        """`directory` belongs to the daemon; its logs stand beside it. `host` is a netns.Host, or None for the machine itself."""
        self.directory = Path(directory)
        self.argv = argv
        self.host = host
        self.log = self.directory.with_name(self.directory.name + ".log")
        self._stdout = self.directory.with_name(self.directory.name + ".stdout")
        self.daemon = None
        self.directory_url = None

    def command(self, extra=()):
        """The command line, with `extra` words at its end."""
        argv = [*self.argv, *extra]
        return self.host.command(argv) if self.host else argv

    def start(self, timeout=30, extra=()):
        """Starts the daemon and waits until it serves; `extra` are options of this one start."""
        self._stdout.unlink(missing_ok=True)
        self.daemon = Daemon(self.command(extra), self.log, stdout=self._stdout)
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

    def role_pids(self, role):
        """The living processes of a role, oldest first; "parent" is the process that was started."""
        return [self.daemon.pid] if role == "parent" else role_pids(self.daemon.pid, role)

    def kill(self, role, timeout=5):
        """SIGKILLs one process of a role and returns how many seconds passed until a new one stood in its place."""
        before = self.role_pids(role)
        assert before, f"no process of the role {role} under {self.daemon.pid}"
        started = time.monotonic()
        os.kill(before[0], signal.SIGKILL)
        if role == "parent":
            self.daemon.process.wait(timeout)
            return time.monotonic() - started
        wait_until(lambda: len(set(self.role_pids(role)) - {before[0]}) >= len(before), timeout, f"{role} is back", 0.02)
        return time.monotonic() - started


class Xicad(Running):
    """`xicad --dev DIRECTORY`, a whole CA on localhost with free ports; `options` are further command-line words."""

    def __init__(self, directory, *, options=(), dns=None, trust_anchor=None, resolve_all=None):
        self.https_port, self.http_port = free_port(), free_port()
        self.http01_port, self.tlsalpn01_port = free_port(), free_port()
        argv = [BUILD / "xicad", "--dev", directory, "--https-port", self.https_port, "--http-port", self.http_port,
                "--http01-port", self.http01_port, "--tlsalpn01-port", self.tlsalpn01_port, *options]
        for option, value in (("--dns", dns), ("--trust-anchor", trust_anchor), ("--resolve-all", resolve_all)):
            if value:
                argv += [option, value]
        super().__init__(directory, argv)

    @property
    def root_pem(self):
        return self.directory / "root.pem"

    def cli(self, *words, check=True):
        """Runs `xica WORDS… --dev DIRECTORY`."""
        return run([BUILD / "xica", *words, "--dev", self.directory], check=check)
