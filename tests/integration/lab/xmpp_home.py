"""A folder for an XMPP server that runs under its own system user, outside a source tree that only root may read."""
import contextlib
import pwd
import shutil
import tempfile
from pathlib import Path


def as_user(user, argv):
    """argv, to be run under the uid of a system user."""
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", *argv]


@contextlib.contextmanager
def server_home(user, keep_in):
    """A fresh folder that belongs to `user`; its *.log files are copied to `keep_in` at the end."""
    entry = pwd.getpwnam(user)
    home = Path(tempfile.mkdtemp(prefix=f"xica-{user}-"))
    home.chmod(0o755)
    shutil.chown(home, entry.pw_uid, entry.pw_gid)
    try:
        yield home
    finally:
        for log in home.glob("*.log"):
            shutil.copy(log, keep_in / f"{user}-{log.name}")
        shutil.rmtree(home, ignore_errors=True)
