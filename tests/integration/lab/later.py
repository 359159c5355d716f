"""Programs and a CA that live on another day than today, by libfaketime (package faketime)."""
import ssl
from pathlib import Path

import requests.adapters

from .acme_raw import Acme
from .paths import BUILD
from .process import run
from .xicad import Xicad

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME


def environment(days, after=None):
    """An environment whose programs, and those that they start, live so many days later; with `after`, each from so many seconds after its start.
    Timers go as always."""
    assert _LIBRARY, "libfaketime (package faketime) is missing"
    words = {"LD_PRELOAD": str(_LIBRARY), "FAKETIME": f"+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return words if after is None else {**words, "FAKETIME_START_AFTER_SECONDS": str(after)}


def command(argv, days, after=None):
    """A command line that runs another one so."""
    return ["env", *(f"{name}={value}" for name, value in environment(days, after).items()), *argv]


class _AnyDay(requests.adapters.HTTPAdapter):
    """Verifies a server's certificate in all but its dates: the test itself lives today."""

    def __init__(self, root_pem):
        self._root_pem = str(root_pem)
        super().__init__()

    def init_poolmanager(self, *args, **options):
        context = ssl.create_default_context(cafile=self._root_pem)
        context.verify_flags |= _NO_CHECK_TIME
        super().init_poolmanager(*args, ssl_context=context, **options)


class LaterCa(Xicad):
    """`with ca.at(DAYS):` the CA runs so many days from today, in the folder in which it ran on earlier days."""

    def __init__(self, directory):
        super().__init__(directory, resolve_all="127.0.0.1")
        self._days, self._after = 0, None

    def at(self, days, after=None):
        self._days, self._after = days, after
        return self.start()

    def environment(self):
        """That of programs beside the running CA, on its day."""
        return environment(self._days)

    def command(self, extra=()):
        return command(super().command(extra), self._days, self._after)

    def cli(self, *words, check=True):
        return run([BUILD / "xica", *words, "--dev", self.directory], check=check, env=self.environment())

    def acme(self):
        return Acme(self.directory_url, self.root_pem, _AnyDay(self.root_pem))
