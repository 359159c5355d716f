"""Debian's jabberd2 2.7 on loopback: four programs with the package's own configuration, but for folders, ports and the host."""
import re
from pathlib import Path

from .ports import free_port
from .process import Daemon, run
from .xmpp_home import as_user, server_home

_USER, _PACKAGED = "jabber", Path("/etc/jabberd2")
_PROGRAMS = {"router": r"listening for", "sm": r"ready for sessions", "c2s": r"ready for connections", "s2s": r"ready for connections"}

_RESTART = """#!/bin/sh
# What `systemctl restart jabberd` does, here.
touch {home}/restart
while [ -e {home}/restart ]; do sleep 0.05; done
"""


class Jabberd2:
    """Serves `domain`. Its pemfile for clients and the one for servers are signed by themselves in the beginning."""

    def __init__(self, domain, keep_in):
        self.domain, self._keep_in, self._daemons = domain, keep_in, []
        self.c2s_port, self.s2s_port, self._router_port = free_port(), free_port(), free_port()

    def __enter__(self):
        self._context = server_home(_USER, self._keep_in)
        self.home = self._context.__enter__()
        self.pemfile, self.configuration = self.home / "own.pem", self.home / "c2s.xml"
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.home / "key.pem", "-out", self.home / "crt.pem", "-subj", "/CN=old",
             "-addext", f"subjectAltName=DNS:{self.domain}"], quiet=True)
        self.old = (self.home / "crt.pem").read_text()
        self.pemfile.write_text((self.home / "key.pem").read_text() + self.old)
        for name in (*(f"{program}.xml" for program in _PROGRAMS), "router-users.xml", "router-filter.xml"):
            (self.home / name).write_text(self._own((_PACKAGED / name).read_text()))
        (self.home / "templates").mkdir()
        (self.home / "templates" / "roster.xml").write_text((_PACKAGED / "templates" / "roster.xml").read_text())
        for path in (self.home, *self.home.rglob("*")):
            run(["chown", f"{_USER}:", path], quiet=True)
        self.start()
        return self

    def __exit__(self, *rest):
        self.stop()
        self._context.__exit__(*rest)

    def _own(self, text):
        text = re.sub(r"/etc/jabberd2|/var/(run|log|lib)/jabberd2", str(self.home), text)
        for usual, port in ((5347, self._router_port), (5222, self.c2s_port), (5269, self.s2s_port)):
            text = text.replace(f"<port>{usual}</port>", f"<port>{port}</port>")
        text = text.replace("<ip>0.0.0.0</ip>", "<ip>127.0.0.1</ip>").replace("<module>sqlite</module>", "<module>anon</module>")
        text = text.replace("<driver>sqlite</driver>", "<driver>fs</driver>").replace(f"<path>{self.home}/fs</path>", f"<path>{self.home}</path>")
        text = text.replace("<id register-enable='mu'>localhost.localdomain</id>", f"<id pemfile='{self.pemfile}'>{self.domain}</id>")
        return text.replace("<id>localhost.localdomain</id>", f"<id>{self.domain}</id>")

    def start(self):
        for program, ready in _PROGRAMS.items():
            log = self.home / f"{program}.log"
            start = log.stat().st_size if log.exists() else 0
            daemon = Daemon(as_user(_USER, [f"/usr/sbin/jabberd2-{program}", "-c", self.home / f"{program}.xml"]), self.home / f"{program}.console.log")
            self._daemons.append(daemon)
            daemon.wait_for(ready, 15, source=log, start=start)

    def stop(self):
        while self._daemons:
            self._daemons.pop().stop()

    def restarting(self):
        """A program for --reload, and what serves it: called again and again, it restarts the server where the program asks."""
        program = self.home / "restart-jabberd"
        program.write_text(_RESTART.format(home=self.home))
        program.chmod(0o755)

        def look():
            if (self.home / "restart").exists():
                self.stop()
                self.start()
                (self.home / "restart").unlink()
        return program, look
