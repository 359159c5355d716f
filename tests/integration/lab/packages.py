"""The Debian packages of this tree, and a small Debian to install them on.

What comes from Debian's mirrors is kept from run to run in /var/cache/xica-tests (XICA_TEST_CACHE): a base system, and the packages that were needed
on it. XICA_PACKAGES names a folder with packages that are built already, for work on the tests.
"""
import fcntl
import hashlib
import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from .paths import ROOT
from .process import Failed, run

CACHE = Path(os.environ.get("XICA_TEST_CACHE", "/var/cache/xica-tests"))
_INCLUDED = "apt-utils,ca-certificates,debconf,systemd-sysv"
_AGE_MAX = 30 * 86400


@contextmanager
def _locked(name):
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(directory):
    """Builds the packages from a clean copy of this tree, without what git ignores; returns {name: file}, those with debugging symbols left out."""
    given = os.environ.get("XICA_PACKAGES")
    if not given:
        with _locked("build"):
            _build(directory)
    return {file.name.split("_")[0]: file for file in sorted(Path(given or directory).resolve().glob("*.deb"))}


def _build(directory):
    """In a folder that is the same for all clones, so that ccache, where there is one, knows again what it has compiled for another."""
    workshop = CACHE / "build"
    shutil.rmtree(workshop, ignore_errors=True)
    source = workshop / "xica"
    source.mkdir(parents=True)
    run(["sh", "-c", f"git -C {ROOT} ls-files -z --cached --others --exclude-standard | tar -C {ROOT} --null --files-from=- --create --file=- | tar -C {source} -x"])
    # The unit tests have been run; here it is about packages.
    environment = {"DEB_BUILD_OPTIONS": f"nocheck noautodbgsym parallel={os.cpu_count()}", "CCACHE_DIR": CACHE / "ccache", "CCACHE_MAXSIZE": "200M"}
    done = run(["dpkg-buildpackage", "--build=binary", "--no-sign"], cwd=source, timeout=900, quiet=True, check=False, env=environment)
    (directory / "build.log").write_text(done.stdout)
    if done.returncode:
        raise Failed(f"the packages can't be built:\n{done.stdout[-3000:]}")
    for package in workshop.glob("*.deb"):
        shutil.move(package, directory)
    shutil.rmtree(workshop)


def base_system():
    """The root folder of a minimal Debian 12 with systemd, from the same mirrors as this machine's. Nobody writes there: machines lie over it."""
    stamp = hashlib.sha256(_INCLUDED.encode()).hexdigest()[:12]
    base = CACHE / f"base-{stamp}"
    with _locked("base"):
        if base.exists() and time.time() - base.stat().st_mtime < _AGE_MAX:
            return base
        for old in CACHE.glob("base-*"):
            if old.is_dir():
                shutil.rmtree(old)
        new = CACHE / f"new-{stamp}"
        shutil.rmtree(new, ignore_errors=True)
        run(["mmdebstrap", "--variant=minbase", f"--include={_INCLUDED}", "--dpkgopt=force-unsafe-io", "--skip=cleanup/apt", "bookworm", new,
             *_mirrors()], timeout=1200)
        os.utime(new)
        new.rename(base)
    return base


def _mirrors():
    """Debian's own lines of this machine's sources, for mmdebstrap; none: its defaults."""
    done = run(["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", "Origin: Debian"], quiet=True)
    return sorted(set(done.stdout.splitlines()))


def fetch(base, packages):
    """Puts into the cache of the base system's apt what an installation of these packages (names, or files) will need. Without network where all is there."""
    with _locked("base"):
        try:
            _download(base, packages)
        except Failed:  # the lists may have grown old
            _apt(base, "update")
            _download(base, packages)


def _download(base, packages):
    _apt(base, "install", "--yes", "--no-install-recommends", "--download-only", *packages)


def _apt(base, *words):
    status = base / "var/lib/dpkg/status"
    run(["apt-get", "-o", f"Dir={base}", "-o", f"Dir::State::status={status}", "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1",
         *words], timeout=900)
