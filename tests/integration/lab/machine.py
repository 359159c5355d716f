"""A Debian with systemd as its first process, on a host of the laboratory: its files (in memory, over a base that stays as it is), processes, services and
network are its own. What a package's scripts, its unit and its timers do is so seen as on a machine of its own, without one."""
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .process import Daemon, Failed, run
from .waiting import wait_until

_BOOT = Path(__file__).with_name("boot_machine")
_ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]


class Machine:
    """A context manager: booted inside, gone afterwards. `base` is a root folder (packages.base_system), `host` a netns.Host. Its journal is kept
    in `keep_in`."""

    def __init__(self, host, base, keep_in):
        self.host, self.name = host, host.name
        self._base, self._keep_in = base, keep_in

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="xica-machine-"))
        words = [self._folder, self.name, self._base]
        self._init = Daemon(self.host.command(["unshare", "--mount", _BOOT, "enter", *words]), self._keep_in / f"{self.name}.boot")
        try:
            self.pid = wait_until(self._first_process, 20, f"systemd runs on {self.name}")
            wait_until(lambda: self.exists("/run/systemd/private"), 20, f"{self.name} has booted")
            state = self.run("systemctl", "is-system-running", "--wait", check=False).stdout.strip()
            assert state == "running", self.run("systemctl", "--failed", "--no-pager", check=False).stdout
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if getattr(self, "pid", None) and self._init.alive():
            journal = self._run(["journalctl", "--no-pager", "-o", "short-monotonic"], check=False, quiet=True, timeout=20)
            (self._keep_in / f"{self.name}.journal").write_text(journal.stdout)
        self._init.stop(sig=signal.SIGKILL)  # with it its child, the first process, and so all of them
        wait_until(self._group_is_gone, 10, f"the control group of {self.name} is gone")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _group_is_gone(self):
        return subprocess.run(["unshare", "--mount", _BOOT, "leave", self._folder, self.name], stderr=subprocess.DEVNULL, check=False).returncode == 0

    def _first_process(self):
        """systemd's pid as the laboratory sees it, once the boot script has become systemd."""
        if not self._init.alive():
            raise Failed(f"{self.name} did not boot: {self._init.output()}")
        try:
            (child,) = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text().split()
            return int(child) if Path(f"/proc/{child}/comm").read_text() == "systemd\n" else None
        except (ValueError, FileNotFoundError):
            return None

    def _run(self, argv, **options):
        inside = ["nsenter", "--target", self.pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
        return run([*inside, "env", "-i", *_ENVIRONMENT, *argv], **options)

    def run(self, *argv, check=True, stdin=None, timeout=120):
        """A program on this machine, as root."""
        return self._run(argv, check=check, stdin=stdin, timeout=timeout)

    def read(self, path):
        return self._run(["cat", path], quiet=True).stdout

    def write(self, path, text, mode=0o644):
        self._run(["sh", "-c", 'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0"', path, f"{mode:o}"], stdin=text, quiet=True)

    def exists(self, path):
        return self._run(["test", "-e", path], check=False, quiet=True).returncode == 0

    # --- packages and services

    def install(self, *packages, booted=True):
        """By apt, of what was fetched beforehand: there is no network to fetch from. Packages are names, or files on the laboratory's machine.
        Not `booted`: as in a chroot, where nothing of the system runs."""
        words = []
        for package in packages:
            if isinstance(package, Path):
                self._copy(package)
                words.append(f"/var/tmp/{package.name}")
            else:
                words.append(package)
        chroot = [] if booted else ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$0" "$@"']
        return self.run(*chroot, "apt-get", "install", "--yes", "--no-install-recommends", *words, timeout=240)

    def _copy(self, path):
        run(["sh", "-c", f"nsenter --target {self.pid} --mount --root dd of=/var/tmp/{path.name} <{path}"], quiet=True)

    def purge(self, *packages):
        return self.run("apt-get", "purge", "--yes", *packages)

    def preseed(self, text):
        self.run("debconf-set-selections", stdin=text)

    def property(self, unit, name):
        """One property of a unit, as systemctl shows it."""
        return self._run(["systemctl", "show", "--property", name, "--value", unit], quiet=True).stdout.strip()
