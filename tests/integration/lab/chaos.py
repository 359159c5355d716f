"""A CA that was asked to be chaotic, and what its log says it decided."""
import re
from dataclasses import dataclass

from .xicad import Xicad

_LINE = re.compile(r' chaos=(\d+) at="?([^"=]*?)"? nth=(\d+) does="?(\w+)([^"\n]*)"?$', re.M)
_ASKED_TO_STOP = {"drop", "expire"}


@dataclass(frozen=True)
class Decision:
    number: int
    place: str
    time: int
    does: str
    details: str

    def __getitem__(self, name):
        found = re.search(rf"\b{name}=(\S+)", self.details)
        return found[1] if found else None


class ChaoticCa(Xicad):
    """`xicad --dev DIRECTORY --chaos=KINDS --seed SEED`; kinds "" are all."""

    def __init__(self, directory, kinds="", seed=7, delay_ms=200, options=()):
        chaos = ["--chaos" + (f"={kinds}" if kinds else ""), "--seed", seed, "--chaos-delay-ms", delay_ms]
        super().__init__(directory, resolve_all="127.0.0.1", options=[*chaos, *options])

    @property
    def eab(self):
        """(kid, HMAC key) that everybody may bind to, as the daemon says at its start."""
        found = re.search(r"--eab-kid (\S+) --eab-hmac-key (\S+)", self.log.read_text())
        return found[1], found[2]

    def decisions(self, after=0):
        """What was decided behind this number."""
        found = [Decision(int(number), place, int(time), does, details) for number, place, time, does, details in _LINE.findall(self.log.read_text())]
        return [decision for decision in found if decision.number > after]


def by_place(decisions):
    """Place to its decisions in order, without the running number: what two runs must have in common, however a client interleaves its requests."""
    places = {}
    for decision in decisions:
        places.setdefault(decision.place, []).append((decision.time, decision.does, decision.details))
    return places


def excuses(decisions, nonce_retries):
    """The decisions for which a client may give up: it was told to come later, not answered, or its order ended; a nonce, where it was refused more often
    than this client tries again."""
    found, refused = [], {}
    for decision in decisions:
        if decision.does in _ASKED_TO_STOP or (decision.does == "refuse" and decision["as"] != "badNonce"):
            found.append(decision)
        elif decision.does == "refuse":
            earlier = refused.get(decision.place)
            row = earlier[1] + 1 if earlier and earlier[0] == decision.time - 1 else 1
            refused[decision.place] = (decision.time, row)
            if row > nonce_retries:
                found.append(decision)
    return found
