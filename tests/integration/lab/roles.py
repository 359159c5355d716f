"""The roles of a running xicad, as /proc shows them."""
from pathlib import Path

ROLES = ("front", "registrar", "validator", "signer", "mailer", "login")


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


def status(pid, field):
    """A field of /proc/PID/status, as text."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.strip()
    raise AssertionError(f"no {field} for {pid}")


def uids(pid):
    """Real, effective and saved uid of a process."""
    return tuple(int(word) for word in status(pid, "Uid").split()[:3])
