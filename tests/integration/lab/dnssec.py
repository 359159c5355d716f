"""DNSSEC: one key a zone (P-256, KSK and ZSK in one), signed by BIND's own tools."""
import os

from .process import run


class ZoneKey:
    def __init__(self, zone, directory):
        # In its folder: BIND's tools have little room for paths.
        done = run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone.fqdn], cwd=directory, quiet=True)
        self.path = directory / f"{done.stdout.split()[-1]}.key"

    def ds(self):
        """The DS record for the parent, as a master-file line with the full name."""
        return run(["dnssec-dsfromkey", "-2", self.path.name], cwd=self.path.parent, quiet=True).stdout.strip()


def sign(zone_file, zone, key):
    """Writes and returns ZONE_FILE.signed."""
    signed = zone_file.with_name(zone_file.name + ".signed")
    run(["dnssec-signzone", "-S", "-z", "-o", zone.fqdn, "-K", os.path.relpath(key.path.parent, signed.parent), "-f", signed.name, zone_file.name],
        cwd=signed.parent, quiet=True)
    return signed
