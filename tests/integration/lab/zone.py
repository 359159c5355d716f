"""Zones: what a name server of the laboratory answers with authority. Every TTL is 0, so that a change is seen at once."""
from dataclasses import dataclass, field
from enum import Enum


class Signing(Enum):
    SIGNED = "signed; its parent vouches for the key"
    UNSIGNED = "unsigned; its parent says so"
    BOGUS = "signed, but its parent vouches for another key"


@dataclass(eq=False)
class Zone:
    """A zone NAME (no final dot, "" is the root) with its records as master-file lines, names relative to the zone."""
    name: str
    records: list = field(default_factory=list)
    signing: Signing = Signing.UNSIGNED

    @property
    def fqdn(self):
        return self.name + "."

    def file_name(self):
        return f"{self.name or 'root'}.zone"

    def text(self, extra=()):
        head = ["$TTL 0", f"$ORIGIN {self.fqdn}", "@ SOA ns. hostmaster.ns. 1 3600 600 86400 0", "@ NS ns."]
        return "\n".join([*head, *self.records, *extra]) + "\n"


def root_zone(children, address):
    """The root above `children`: delegations to the one server of the laboratory at `address`. DS records come later."""
    delegations = [f"{child.fqdn} NS ns." for child in children]
    return Zone("", [f"ns. A {address}", *delegations], Signing.SIGNED)
