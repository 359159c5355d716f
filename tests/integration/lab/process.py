"""Programs: short ones that run to their end, and daemons in the foreground with their output in a file."""
import os
import re
import shlex
import signal
import subprocess

from .waiting import wait_until


class Failed(AssertionError):
    """A program ended otherwise than the test needs; carries its output."""


def run(argv, *, timeout=60, check=True, env=None, stdin=None, cwd=None, quiet=False):
    """Runs a program to its end and returns the CompletedProcess with stdout and stderr as one text; prints both unless `quiet`."""
    argv = [str(part) for part in argv]
    full_env = dict(os.environ, **{k: str(v) for k, v in (env or {}).items()})
    if not quiet:
        print("$", shlex.join(argv))
    try:
        done = subprocess.run(argv, input=stdin, text=True, cwd=cwd, env=full_env, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL if stdin is None else None, errors="replace")
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
        raise Failed(f"{shlex.join(argv)} was not done within {timeout} s:\n{output}") from None
    if not quiet:
        print(done.stdout)
    if check and done.returncode != 0:
        raise Failed(f"{shlex.join(argv)} ended with {done.returncode}:\n{done.stdout}")
    return done


class Daemon:
    """A program in the foreground. stdout and stderr go to files; it is stopped by its own pid."""

    def __init__(self, argv, log, *, env=None, cwd=None, stdout=None, whole_group=False):
        """With `whole_group`, stop() signals all processes of the program's own session: for those behind a shell script."""
        self.argv = [str(part) for part in argv]
        self._whole_group = whole_group
        self.log = log
        self.stdout = stdout or log
        full_env = dict(os.environ, **{k: str(v) for k, v in (env or {}).items()})
        with open(log, "ab") as err, open(self.stdout, "ab") as out:
            self.process = subprocess.Popen(self.argv, env=full_env, cwd=cwd, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern, timeout=20, source=None, start=0):
        """Waits for a line that matches `pattern` in the log (or in the file `source`, from offset `start`)."""
        path = source or self.log

        def seen():
            text = path.read_text(errors="replace")[start:] if path.exists() else ""
            match = re.search(pattern, text, re.M)
            if not match and not self.alive():
                raise Failed(f"{self.argv[0]} ended with {self.process.returncode} before {pattern!r}:\n{self.output()[-4000:]}")
            return match

        try:
            return wait_until(seen, timeout, f"{pattern!r} in {path}")
        except Failed:
            raise
        except AssertionError as late:
            raise Failed(f"{late}\n{self.output()[-4000:]}") from None

    def stop(self, timeout=10, sig=signal.SIGTERM):
        """Asks the program to end and waits for it; returns its exit status. SIGKILL only when it did not listen."""
        if self.alive():
            self._signal(sig)
        try:
            status = self.process.wait(timeout)
            if self._whole_group:
                wait_until(self._group_gone, timeout, f"all of {self.argv[0]}'s processes are gone")
            return status
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(5)
            raise Failed(f"{self.argv[0]} was still there {timeout} s after {sig.name}:\n{self.output()[-2000:]}") from None

    def _group_gone(self):
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def _signal(self, sig):
        if self._whole_group:
            os.killpg(self.pid, sig)
        else:
            self.process.send_signal(sig)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
