"""An authoritative name server: BIND's named in the foreground over a small tree of zones with a signed root.

The root's key is the trust anchor (`trust_anchor`, a file with one DS record). Every zone takes dynamic updates
under one TSIG key, as hooks for dns-01 need; a signed zone signs what is added.
"""
import base64
import os

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update

from .dnssec import ZoneKey, sign
from .ports import free_port
from .process import Daemon
from .zone import Signing, root_zone

_KEY_NAME = "lab-update"

_CONFIGURATION = """\
key "{key_name}" {{ algorithm hmac-sha256; secret "{secret}"; }};
options {{
    directory "{directory}"; key-directory "{directory}"; pid-file none; session-keyfile none;
    listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no; minimal-responses yes;
}};
controls {{ }};
"""
_ZONE = """\
zone "{name}" {{ type primary; file "{file}"; allow-update {{ key "{key_name}"; }}; check-names ignore; }};
"""


class NameServer:
    def __init__(self, directory, zones, *, address="127.0.0.1", port=None, host=None):
        """`host` is a netns.Host on which the server runs, or None for the machine itself."""
        self.directory = directory
        self.zones = list(zones)
        self.address = address
        self.port = port or free_port()
        self.host = host
        self.secret = base64.b64encode(os.urandom(32)).decode()
        self.trust_anchor = directory / "trust-anchor"
        self.key_file = directory / "update.key"
        self._daemon = None

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "named.conf"
        configuration.write_text(self._configuration(self._write_zones()))
        self.key_file.write_text(f'key "{_KEY_NAME}" {{ algorithm hmac-sha256; secret "{self.secret}"; }};\n')
        argv = ["/usr/sbin/named", "-g", "-n", "1", "-c", configuration]
        self._daemon = Daemon(self.host.command(argv) if self.host else argv, self.directory / "named.log")
        self._daemon.wait_for(r"\brunning$", 20)
        return self

    def stop(self):
        if self._daemon:
            self._daemon.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def add(self, name, kind, value):
        """Adds one record by dynamic update."""
        self._update(name, lambda update, relative: update.add(relative, 0, kind, value))

    def replace(self, name, kind, value):
        """Makes `value` the only record of its kind at `name`."""
        self._update(name, lambda update, relative: update.replace(relative, 0, kind, value))

    def delete(self, name, kind):
        """Deletes all records of a kind at a name."""
        self._update(name, lambda update, relative: update.delete(relative, kind))

    def _update(self, name, change):
        zone = max((z for z in self.zones if name == z.name or name.endswith("." + z.name)), key=lambda z: len(z.name))
        keyring = dns.tsigkeyring.from_text({_KEY_NAME: self.secret})
        update = dns.update.Update(zone.name, keyring=keyring, keyalgorithm="hmac-sha256")
        change(update, name + ".")
        if self.host:
            with self.host.entered():
                answer = dns.query.tcp(update, self.address, port=self.port, timeout=5)
        else:
            answer = dns.query.tcp(update, self.address, port=self.port, timeout=5)
        assert answer.rcode() == dns.rcode.NOERROR, f"update of {name}: {dns.rcode.to_text(answer.rcode())}"

    def _write_zones(self):
        """Writes every zone's file, the root's last, when all DS records are known; returns {zone: file}."""
        files, delegations = {}, []
        for zone in self.zones:
            path = self.directory / zone.file_name()
            path.write_text(zone.text())
            if zone.signing is not Signing.UNSIGNED:
                key = ZoneKey(zone, self.directory)
                path = sign(path, zone, key)
                vouched = key if zone.signing is Signing.SIGNED else ZoneKey(zone, self._spare_directory())
                delegations.append(vouched.ds())
            files[zone] = path
        root = root_zone(self.zones, self.address)
        path = self.directory / root.file_name()
        path.write_text(root.text(delegations))
        root_key = ZoneKey(root, self.directory)
        files[root] = sign(path, root, root_key)
        self.trust_anchor.write_text(root_key.ds() + "\n")
        return files

    def _spare_directory(self):
        """Where keys go that sign nothing."""
        spare = self.directory / "spare-keys"
        spare.mkdir(exist_ok=True)
        return spare

    def _configuration(self, files):
        head = _CONFIGURATION.format(key_name=_KEY_NAME, secret=self.secret, directory=self.directory,
                                     address=self.address, port=self.port)
        return head + "".join(_ZONE.format(name=zone.name or ".", file=path, key_name=_KEY_NAME) for zone, path in files.items())
